import Foundation
import Glibc

/// What one run of a program said and cost.
struct Measurement: Sendable {
    /// The exit status; 128 and the signal's number where a signal ended it.
    var status: Int32
    var output: Data
    var errors: String
    /// Seconds, by the wall's clock.
    var wall: Double
    /// Seconds, in user and kernel mode together, with those of its children that it has waited for.
    var cpu: Double
    /// The same without its children.
    var own: Double
    var children: Double { cpu - own }
    /// The most memory that was resident, in bytes.
    var peak: Int
}

struct BenchError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A program that runs, with its output in files so that no pipe can fill up.
struct Command: ~Copyable {
    let process: pid_t
    private let arguments: [String]
    private let outputFile: URL
    private let errorFile: URL
    private let began: ContinuousClock.Instant

    init(_ arguments: [String], in folder: URL, input: String = "/dev/null") throws {
        let name = UUID().uuidString
        self.arguments = arguments
        outputFile = folder.appending(path: "\(name).out")
        errorFile = folder.appending(path: "\(name).err")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let write = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile.filePath, write, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorFile.filePath, write, 0o600)
        var strings = arguments.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var child: pid_t = 0
        began = .now
        let status = posix_spawnp(&child, arguments[0], &actions, nil, &strings, environ)
        guard status == 0 else { throw BenchError("\(arguments[0]): \(String(cString: strerror(status)))") }
        process = child
    }

    /// Whether it has ended by itself; it stays to be waited for.
    var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo != 0
    }

    consuming func wait() throws -> Measurement {
        var (status, usage): (Int32, rusage) = (0, rusage())
        var info = siginfo_t()
        _ = waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT)
        let own = ProcessFigures(process).cpu
        guard wait4(process, &status, 0, &usage) == process else { throw BenchError("lost \(arguments[0])") }
        let took = ContinuousClock.now - began
        defer {
            try? FileManager.default.removeItem(at: outputFile)
            try? FileManager.default.removeItem(at: errorFile)
        }
        return Measurement(
            status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
            output: try Data(contentsOf: outputFile),
            errors: try String(contentsOf: errorFile, encoding: .utf8),
            wall: took / .seconds(1), cpu: usage.ru_utime.seconds + usage.ru_stime.seconds,
            own: own,
            peak: usage.ru_maxrss * 1024)
    }

    static func run(_ arguments: [String], in folder: URL, input: String = "/dev/null") throws -> Measurement
    {
        try Command(arguments, in: folder, input: input).wait()
    }

    /// Runs what must succeed.
    @discardableResult
    static func must(_ arguments: [String], in folder: URL, input: String = "/dev/null") throws -> Measurement
    {
        let result = try run(arguments, in: folder, input: input)
        guard result.status == 0 else {
            throw BenchError(
                "\(arguments.joined(separator: " ")): status \(result.status), \(result.firstError)")
        }
        return result
    }
}

extension Measurement {
    var firstError: String { errors.split(separator: "\n").first.map(String.init) ?? "without a word" }

    /// The output's JSON object.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: output)) as? [String: Any] ?? [:]
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}

extension URL {
    var filePath: String { path(percentEncoded: false) }
}
