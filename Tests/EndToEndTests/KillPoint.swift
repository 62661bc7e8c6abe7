import ChildProcess
import Foundation
import Synchronization

/// Where a controller is killed by the calls that it has made: before or after the n-th of those that last. Counted by a
/// library of the tests' own, so that a seed gives the same moments as far as processes allow.
struct KillPoint: Sendable {
    private let library: String
    private let counter: String

    /// - Parameter folder: where its counter is kept.
    init(in folder: String) async throws {
        (library, counter) = (try await Self.library.value, "\(folder)/calls")
        try arm(0)
    }

    /// Of the process that is to be killed.
    var environment: [String: String] { ["LD_PRELOAD": library, "KILL_POINT": counter] }

    /// It dies at the n-th call from here on; 0 lets it live.
    func arm(_ calls: Int) throws {
        let bytes = withUnsafeBytes(of: Int32(calls)) { Data($0) }
        guard FileManager.default.fileExists(atPath: counter) else {
            return try bytes.write(to: URL(filePath: counter))
        }
        let file = try FileHandle(forWritingTo: URL(filePath: counter))
        try file.write(contentsOf: bytes)
        try file.close()
    }
    /// How many calls are still to be made.
    var left: Int {
        let bytes = FileManager.default.contents(atPath: counter) ?? Data()
        return bytes.count == 4 ? Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }) : 0
    }

    /// Built once, by the compiler that Swift brings.
    private static let library = Task {
        let path = martletProgram + ".killpoint.so"
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "killpoint/killpoint.c").path(percentEncoded: false)
        let command = Command(
            "/usr/bin/env", ["clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, source],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
        let ended = try await command.run { child in
            let complaint = await child.errors.collect(atMost: 1 << 16)
            _ = await child.waitForExit()
            return complaint
        }
        guard ended.status.isSuccess else {
            throw GitProgram.Failure(text: String(decoding: ended.result, as: UTF8.self))
        }
        return path
    }
}
