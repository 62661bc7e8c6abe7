import Foundation
import Review
import Synchronization

/// Shows what goes on: a frame that is redrawn on a terminal, a line for each event elsewhere.
final class ProgressView: Sendable {
    private struct State {
        var live = LiveProgress()
        var last: ApplyProgress?
    }
    private let isSilent: Bool
    private let isLive: Bool
    private let style: Style
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameter isSilent: where the answer is read by a program.
    init(
        isSilent: Bool, isLive: Bool = Terminal.isInteractive, style: Style = .ofStandardOutput,
        write: @escaping @Sendable (String) -> Void = Terminal.write
    ) {
        (self.isLive, self.style) = (isLive && !isSilent, style)
        self.write = write
        self.isSilent = isSilent
    }

    func show(_ progress: ApplyProgress) {
        if isSilent { return }
        state.withLock { state in
            var progress = progress
            // A pass is shown a while after it was looked at: the clock goes on all the same.
            if let last = state.last { progress.now = max(progress.now, last.now) }
            if isLive {
                write(state.live.draw(progress.frame(style)))
            } else {
                for line in progress.lines(since: state.last, style) { write(line + "\n") }
            }
            state.last = progress
        }
    }

    /// Keeps the clock going, until cancelled.
    func run() async {
        while isLive, (try? await Task.sleep(for: .milliseconds(500))) != nil {
            state.withLock { state in
                guard var progress = state.last else { return }
                progress.now = Timestamp(Date())
                state.last = progress
                write(state.live.draw(progress.frame(style)))
            }
        }
    }

    /// The report takes its place.
    func clear() {
        state.withLock { state in
            if isLive, state.last != nil { write(state.live.clear()) }
            state.last = nil
        }
    }
}

/// Runs `body` with the clock going, and clears the view at its end.
func showing<Value>(_ view: ProgressView, _ body: () async throws -> Value) async throws -> Value {
    try await withThrowingDiscardingTaskGroup { group in
        group.addTask { await view.run() }
        defer {
            group.cancelAll()
            view.clear()
        }
        return try await body()
    }
}
