import Synchronization

/// What a view has written.
final class Written: Sendable {
    private let state = Mutex("")
    var text: String { state.withLock(\.self) }
    @Sendable func add(_ text: String) { state.withLock { $0 += text } }
}
