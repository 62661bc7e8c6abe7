import ChildProcess
import Foundation
import Glibc
import Synchronization

/// `martlet serve` as a child, and its log for whoever has to find out why something went wrong.
final class RunningController: Sendable {
    private struct State {
        var lines: [String] = []
        var ending: Ending?
        var isKilled = false
    }
    private static let grace = Duration.seconds(15)

    let pid: Int32
    private let child: RunningChild
    private let state = Mutex(State())

    private init(_ child: RunningChild) { (self.child, pid) = (child, child.pid) }

    /// Runs while `body` does. It is then told to stop, and must end with 0, unless `body` has killed it.
    static func run<Value: Sendable>(
        _ program: String, _ arguments: [String], in shell: Shell, log: String,
        _ body: @escaping @Sendable (RunningController) async throws -> Value
    ) async throws -> Value {
        let command = Command(
            program, arguments, environment: shell.environment, in: shell.folder,
            limits: .init(grace: grace))
        let ended: Ended<Result<(Value, isKilled: Bool), any Error>>
        do {
            ended = try await command.run { child in await RunningController(child).run(log: log, body) }
        } catch { throw Failure("\(error)") }
        let (value, isKilled) = try ended.result.get()
        guard isKilled || ended.status.isSuccess else {
            throw Failure("the controller ended with \(ended.status)")
        }
        return value
    }

    private func run<Value: Sendable>(
        log: String, _ body: @escaping @Sendable (RunningController) async throws -> Value
    ) async -> Result<(Value, isKilled: Bool), any Error> {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(self.child.errors, to: log) }
            group.addTask { _ = await self.child.output.collect(atMost: 0) }
            group.addTask {
                let ending = await self.child.waitForExit()
                self.state.withLock { $0.ending = ending }
            }
            do {
                let value = try await body(self)
                await child.terminate(grace: Self.grace)
                return .success((value, state.withLock(\.isKilled)))
            } catch {
                group.cancelAll()
                guard var failure = error as? Failure else { return .failure(error) }
                failure.log += tail
                return .failure(failure)
            }
        }
    }

    /// By SIGKILL; returns once it is gone.
    func kill() async {
        state.withLock { $0.isKilled = true }
        _ = Glibc.kill(pid, SIGKILL)
        _ = await child.waitForExit()
    }

    /// Throws once it has ended.
    func check() throws(Failure) {
        guard let ending = state.withLock(\.ending) else { return }
        throw Failure("the controller has ended with \(ending)")
    }

    private var tail: [String] { state.withLock { $0.lines.suffix(15) } }

    private func follow(_ output: Output, to path: String) async {
        let file = FileHandle(forWritingAtPath: path)
        _ = try? file?.seekToEnd()
        for await line in output.lines() {
            let text = String(decoding: line, as: UTF8.self)
            try? file?.write(contentsOf: Data((text + "\n").utf8))
            state.withLock { state in
                state.lines.append(text)
                if state.lines.count > 100 { state.lines.removeFirst(50) }
            }
        }
    }
}
