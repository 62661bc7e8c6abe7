import Foundation
import Testing

@testable import Store

struct LockTests {
    @Test func `a directory in use names its holder to the second`() throws {
        let place = try Workplace()
        let store = try place.open()
        let slashed = URL(filePath: place.directoryPath + "/", directoryHint: .isDirectory)
        #expect {
            try Store.open(directory: slashed, key: place.key, holder: Workplace.holder)
        } throws: { error in
            "\(error)"
                == """
                state directory '\(place.directoryPath)' is in use by 'martlet serve' (pid 123) \
                since 2026-11-21 14:02:11 UTC
                """
        }
        #expect(Store.peekHolder(place.directory) == Workplace.holder)
        store.close()
        #expect(Store.peekHolder(place.directory) == nil)
        try place.open().close()
    }

    @Test func `a store that is let go of lets go of its directory`() throws {
        let place = try Workplace()
        try { _ = try place.open() }()
        try place.open().close()
    }

    @Test func `a directory that nobody ever had has no holder`() throws {
        let place = try Workplace()
        #expect(Store.peekHolder(place.directory) == nil)
        #expect(!Store.exists(in: place.directory))
    }

    @Test func `another process keeps the directory until it is killed`() throws {
        let place = try Workplace()
        try place.open().close()
        let other = Process()
        let output = Pipe()
        other.executableURL = URL(filePath: "/usr/bin/flock")
        other.arguments = [
            "--no-fork", place.directory.appending(path: "lock").path(percentEncoded: false), "sh", "-c",
            "echo held; exec sleep 600",
        ]
        other.standardOutput = output
        try other.run()
        #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
        let error = StoreError.inUse(directory: place.directoryPath, nil)
        #expect(throws: error) { try place.open() }
        #expect(error.description == "state directory '\(place.directoryPath)' is in use by another process")
        kill(other.processIdentifier, SIGKILL)
        other.waitUntilExit()
        try place.open().close()
    }
}
