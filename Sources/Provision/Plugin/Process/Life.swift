import ChildProcess
import Foundation
import Glibc
import Synchronization

/// A child from its start to its end, in a task of its own that nothing cancels: a provider outlives the pass that
/// started it. Its errors are read for as long as it has any to write.
final class Life: Sendable {
    let launch: ProviderLaunch
    let concealed: Concealed
    let began = ContinuousClock.now
    private let task: Task<End?, Never>
    private let heard: AsyncStream<Heard>
    private let asked: AsyncStream<Duration>.Continuation
    private let words: LastWords

    /// How it ended.
    struct End: Sendable {
        var status: Ending
        /// False where we had to see to it.
        var isItsOwn: Bool
    }

    private enum Heard: Sendable {
        case line(pid: Int32, String)
        /// It could not be started, or ended without a line.
        case nothing(StartError?)
    }

    init(
        _ launch: ProviderLaunch, concealed: Concealed, socketFolder: String,
        log: @escaping @Sendable (PluginLogLine) -> Void
    ) {
        let (heard, hear) = AsyncStream.makeStream(of: Heard.self)
        let (asks, asked) = AsyncStream.makeStream(of: Duration.self)
        let words = LastWords()
        (self.launch, self.concealed, self.heard) = (launch, concealed, heard)
        (self.asked, self.words) = (asked, words)
        task = Task {
            do throws(StartError) {
                let ended = try await launch.command(socketFolder: socketFolder).run { child in
                    await Self.attend(
                        child, until: asks, hear: hear,
                        error: {
                            guard let line = PluginLogLine($0, hiding: concealed) else { return }
                            words.take(line)
                            log(line)
                        },
                        print: { PluginLogLine($0, hiding: concealed).map(log) })
                }
                return End(status: ended.status, isItsOwn: ended.result)
            } catch {
                hear.yield(.nothing(error))
                return nil
            }
        }
    }

    /// Nil where it never began.
    var end: End? { get async { await task.value } }

    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        Task {
            _ = await end
            action()
        }
    }

    /// Kills it, unless it ends by itself before that.
    @discardableResult
    func end(grace: Duration) async -> End? {
        asked.yield(grace)
        return await end
    }

    /// How it ended, with what it said about that. One that somebody has killed said nothing about it.
    func words(for end: End) -> String {
        var words = self.words.panic
        if case .exited = end.status { words = words ?? self.words.last }
        return "\(end.status)" + (words.map { ": \($0)" } ?? "")
    }

    /// The first line on its standard output.
    func firstLine() async throws(PluginError) -> (pid: Int32, String) {
        let limit = launch.limits.start
        let first = await withTaskGroup(of: Heard?.self) { group in
            group.addTask { [heard] in
                for await first in heard { return first }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        switch first {
        case .line(let pid, let line): return (pid, line)
        case .nothing(let failure?):
            throw PluginError(.start, provider: launch.name, "\(failure)")
        case .nothing(nil):
            let how = await end(grace: .zero).map { ", with \(words(for: $0))" } ?? ""
            throw PluginError(
                .start, provider: launch.name, "it ended before it said where it listens\(how)")
        case nil:
            throw PluginError(
                .timedOut, provider: launch.name, "it did not say where it listens in \(limit)",
                hint: "is this file the program of a Terraform provider?")
        }
    }

    /// Returns when the child has ended, which is true, or was asked to and had its time.
    private static func attend(
        _ child: RunningChild, until asks: AsyncStream<Duration>, hear: AsyncStream<Heard>.Continuation,
        error: @escaping @Sendable (String) -> Void, print: @escaping @Sendable (String) -> Void
    ) async -> Bool {
        let isItsOwn = await withTaskGroup(of: Void.self) { group in
            group.addTask { await read(child.errors, error) }
            group.addTask {
                var isFirst = true
                await read(child.output) { line in
                    if isFirst {
                        hear.yield(.line(pid: child.pid, line))
                    } else {
                        print(line)
                    }
                    isFirst = false
                }
            }
            defer { group.cancelAll() }
            return await waitForEnd(of: child, or: asks)
        }
        hear.yield(.nothing(nil))
        return isItsOwn
    }

    private static func waitForEnd(of child: RunningChild, or asks: AsyncStream<Duration>) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await child.waitForExit() != nil }
            group.addTask {
                for await grace in asks {
                    try? await Task.sleep(for: grace)
                    return false
                }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Of a line that is longer than a log wants, the rest is left out: it comes in pieces of `longest` bytes, and
    /// a secret may lie across two.
    private static func read(_ output: Output, _ take: (String) -> Void) async {
        var isRest = false
        for await line in output.lines(longest: longest) {
            if !isRest { take(String(decoding: line, as: UTF8.self)) }
            isRest = line.count >= longest
        }
    }
    private static let longest = 1 << 18
}

/// What a provider wrote last: why it ended is among it.
final class LastWords: Sendable {
    private let state = Mutex<(panic: String?, last: String?)>((nil, nil))

    var panic: String? { state.withLock { $0.panic } }
    var last: String? { state.withLock { $0.last } }

    func take(_ line: PluginLogLine) {
        let isPanic = line.message.hasPrefix("panic: ") || line.message.hasPrefix("fatal error: ")
        guard isPanic || line.level == .info || line.level == .warning || line.level == .error else { return }
        let text = String(line.message.prefix(300))
        state.withLock { state in
            if isPanic, state.panic == nil { state.panic = text }
            state.last = text
        }
    }
}

/// The last error of the system in words.
func errorText() -> String {
    let text = String(cString: strerror(errno))
    return text.prefix(1).lowercased() + text.dropFirst()
}
