import ChildProcess
import Foundation
import Model

/// A bare copy of one remote repository, in a folder of its own. Only the fetch child writes to it, and it never
/// removes objects: a commit that was once fetched can be read for ever.
package struct Mirror: Sendable {
    package let folder: String
    package let remote: Remote
    private let child: FetchChild

    package init(_ remote: Remote, in folder: String, child: FetchChild = .ownBinary) {
        (self.folder, self.remote, self.child) = (folder, remote, child)
    }

    /// For reading. Throws `missing` before the first fetch has succeeded.
    package func open() async throws(GitError) -> LocalRepository { try await LocalRepository.open(folder) }

    /// Makes the mirror what the remote is now. Whatever fails leaves it as it was.
    package func fetch(
        _ progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws(GitError) -> FetchReport {
        try await run(FetchOrder(folder: folder, remote: remote), "fetch \(remote.url)", progress)
    }

    func run(
        _ order: FetchOrder, _ operation: String, _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws(GitError) -> FetchReport {
        let command = try command(order, operation)
        let ended: Ended<Conversation>
        do throws(StartError) {
            ended = try await command.run { child in await Conversation(with: child, progress) }
        } catch {
            throw GitError(.other, operation, "its child process can't start: \(error)")
        }
        if case .done(let report)? = ended.result.outcome { return report }
        if case .failed(let error)? = ended.result.outcome { throw error }
        if let overran = ended.overran { throw overrun(overran, ended.result.last, operation) }
        guard !Task.isCancelled else { throw GitError(.cancelled, operation, "it was cancelled") }
        let said = ended.result.complaint.map { ", saying: \($0)" } ?? ""
        throw GitError(
            .other, operation,
            "its child process ended with \(ended.status) while \(ended.result.last)\(said)")
    }

    private func command(_ order: FetchOrder, _ operation: String) throws(GitError) -> Command {
        guard let input = try? JSONEncoder().encode(order) else {
            throw GitError(.settings, operation, "its settings can't be written as JSON")
        }
        return Command(
            child.executable, child.arguments, environment: ["HOME": order.folder], input: Array(input),
            limits: Command.Limits(whole: remote.limits.whole, idle: remote.limits.idle))
    }

    private func overrun(_ limit: Command.Limit, _ last: FetchProgress, _ operation: String) -> GitError {
        switch limit {
        case .whole(let time):
            GitError(
                .wholeLimit, operation, "it took more than \(time.text) and was still \(last)",
                hint: "raise the limit if the repository is that large")
        case .idle(let time):
            GitError(
                .idleLimit, operation, "nothing came for \(time.text) while \(last)",
                hint: "check the server and the way to it")
        }
    }
}

/// What the child said until it ended.
private struct Conversation: Sendable {
    /// `done` or `failed`; nil where it said neither.
    var outcome: FetchEvent?
    var last = FetchProgress(stage: .starting)
    /// The first line of its standard error.
    var complaint: String?

    init(with child: RunningChild, _ progress: @Sendable (FetchProgress) -> Void) async {
        async let errors = child.errors.collect(atMost: 2048)
        let decoder = JSONDecoder()
        for await line in child.output.lines(longest: 64 << 20) {
            switch try? decoder.decode(FetchEvent.self, from: Data(line)) {
            case .progress(let now)?:
                last = now
                progress(now)
            case let event?: outcome = event
            case nil: break
            }
        }
        complaint = String(decoding: await errors, as: UTF8.self).split(separator: "\n").first.map(
            String.init)
        _ = await child.waitForExit()
    }
}

extension Duration {
    /// As people write it: `90s`, `250ms`.
    fileprivate var text: String {
        let (seconds, attoseconds) = components
        return Span(milliseconds: Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)).description
    }
}
