import ChildProcess
import Foundation
import Glibc
import Synchronization

/// The built program, beside the test bundle: under `swift test`, and where the bundle is run by itself.
let martletProgram = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "martlet").path(percentEncoded: false)

/// One run of the program, from its start to its end.
final class Run: Sendable {
    private struct Heard {
        var output = ""
        var log = ""
        var open = 2
    }
    private let child: RunningChild
    private let heard = Mutex(Heard())
    var pid: Int32 { child.pid }
    /// Its standard error so far.
    var log: String { heard.withLock(\.log) }
    var output: String { heard.withLock(\.output) }

    fileprivate init(_ child: RunningChild) { self.child = child }

    /// All that it wrote was read, and so it has ended.
    var isOver: Bool { heard.withLock { $0.open == 0 } }

    /// To this process alone: what it has started must end by itself.
    func signal(_ signal: Int32) { kill(child.pid, signal) }

    /// Its exit code, once all that it wrote was read; nil where a signal ended it.
    func exitCode(within limit: Duration = .seconds(60)) async throws -> Int32? {
        try await eventually("the end of its output, after\n\(log)", within: limit) {
            isOver
        }
        guard case .exited(let code)? = await child.waitForExit() else { return nil }
        return code
    }
    /// Kills it and waits until it is gone.
    func crash() async throws {
        signal(SIGKILL)
        _ = try await exitCode()
    }

    fileprivate func listen() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen(to: self.child.output, \.output) }
            group.addTask { await self.listen(to: self.child.errors, \.log) }
        }
    }
    private func listen(to output: Output, _ path: any WritableKeyPath<Heard, String> & Sendable) async {
        for await line in output.lines() {
            heard.withLock { $0[keyPath: path] += String(decoding: line, as: UTF8.self) + "\n" }
        }
        heard.withLock { $0.open -= 1 }
    }
}

/// Runs the program, and kills it where `body` leaves it running. Nothing of this process's environment reaches it.
/// - Parameter shell: a shell's commands before the program, in a mount namespace of its own.
func withMartlet<Result: Sendable>(
    _ arguments: [String], environment: [String: String] = [:], shell: String? = nil,
    _ body: @escaping @Sendable (Run) async throws -> Result
) async throws -> Result {
    let settings = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(environment) { $1 }
    var command = Command(martletProgram, arguments, environment: settings)
    if let shell {
        command.executable = "/usr/bin/unshare"
        command.arguments =
            ["--mount", "/bin/sh", "-c", "\(shell) && exec \"$0\" \"$@\"", martletProgram] + arguments
    }
    let ended: Ended<Swift.Result<Result, any Error>> = try await command.run { child in
        let run = Run(child)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await run.listen() }
            defer { group.cancelAll() }
            do { return .success(try await body(run)) } catch { return .failure(error) }
        }
    }
    return try ended.result.get()
}

/// What a run that ends by itself says.
struct Answer: Sendable, Equatable {
    var code: Int32?
    var output = ""
    var errors = ""
}
func martlet(
    _ arguments: [String], environment: [String: String] = [:], shell: String? = nil
) async throws -> Answer {
    try await withMartlet(arguments, environment: environment, shell: shell) { run in
        Answer(code: try await run.exitCode(), output: run.output, errors: run.log)
    }
}
