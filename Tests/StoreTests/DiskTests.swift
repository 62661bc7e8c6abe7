import Foundation
import Model
import Testing

@testable import Store

/// A file system of its own, of a given size; gone with it.
private final class TinyDisk {
    let place: Workplace
    init(megabytes: Int) throws {
        place = try Workplace()
        try FileManager.default.createDirectory(at: place.directory, withIntermediateDirectories: true)
        try run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", place.directoryPath)
    }
    deinit { try? run("umount", "-l", place.directoryPath) }

    func remount(_ options: String) throws {
        try run("mount", "-o", "remount,\(options)", place.directoryPath)
    }

    static let isPossible: Bool = (try? TinyDisk(megabytes: 1)) != nil
}

private func run(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw CocoaError(.fileWriteUnknown) }
}

@Suite(.enabled(if: TinyDisk.isPossible, "mounting a tmpfs needs root"), .serialized)
struct DiskTests {
    @Test func `a full disk refuses what does not fit, and loses nothing`() throws {
        let disk = try TinyDisk(megabytes: 2)
        let store = try disk.place.open()
        let term = try store.takeOver()
        var expected = Ledger()
        func append(_ number: Int) throws {
            let entry = Entry.outcome(
                .file("file\(number)"), closes: nil, .sample(String(repeating: "x", count: 20_000)))
            try store.append([entry], outbox: [.sample("msg_\(number)")], term: term)
            expected.fold(entry)
        }
        #expect(throws: StoreError.full(disk.place.databasePath)) {
            for number in 0..<1000 { try append(number) }
        }
        #expect(expected.records.count > 5)
        #expect(try store.ledger() == expected)
        try disk.remount("size=16m")
        try append(2000)
        #expect(try store.ledger() == expected)
        store.close()
        #expect(try disk.place.ledger() == expected)
        let words = StoreError.full("/x/state.db").description
        #expect(words == "'/x/state.db' cannot be written: no space is left")
    }

    @Test func `a read-only directory says so, and keeps what it has`() throws {
        let disk = try TinyDisk(megabytes: 4)
        try disk.place.write([.intent(.sample(1))])
        let before = try disk.place.bytes
        try disk.remount("ro")
        let lock = disk.place.directory.appending(path: "lock").path(percentEncoded: false)
        #expect(throws: StoreError.readOnly(lock)) { try disk.place.open() }
        #expect(try disk.place.bytes == before)
        try disk.remount("rw")
        #expect(try disk.place.ledger().unanswered.count == 1)
    }

    @Test func `a disk that is full from the start leaves no half of a database`() throws {
        let disk = try TinyDisk(megabytes: 1)
        let ballast = disk.place.directory.appending(path: "ballast")
        var size = 1 << 20
        while size > 4096, (try? Data(count: size).write(to: ballast)) == nil { size -= 4096 }
        #expect { try disk.place.open() } throws: { error in
            if case .full? = error as? StoreError { true } else { false }
        }
        #expect(!FileManager.default.fileExists(atPath: disk.place.databasePath))
        try FileManager.default.removeItem(at: ballast)
        // What ext4 has freed is free once its journal says so.
        sync()
        try disk.place.write([.intent(.sample(1))])
        #expect(try disk.place.ledger().unanswered.count == 1)
    }
}
