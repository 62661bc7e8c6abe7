import Synchronization

/// One request and what has come of it so far: filled on the loop's thread, read by the task that asked.
final class Exchange: Sendable {
    enum Style: Sendable {
        /// All of the body at once.
        case whole
        /// In pieces; the transfer pauses while this many bytes wait to be read.
        case stream(buffer: Int)
        /// None: it ends when the connection stands.
        case connection
    }
    enum Intake { case taken, full, enough, tooLarge, cancelled }
    private enum Want { case head, bytes, end }
    private struct Waiter {
        var want: Want
        var continuation: CheckedContinuation<Void, Never>
    }
    private struct State {
        var head: HTTPResponseHead?
        var bytes: [UInt8] = []
        /// Set once: how it ended.
        var end: Result<Void, HTTPError>?
        var isPaused = false
        var isCancelled = false
        var waiters: [Waiter] = []

        func satisfies(_ want: Want) -> Bool {
            switch want {
            case .head: head != nil || end != nil
            case .bytes: !bytes.isEmpty || end != nil
            case .end: end != nil
            }
        }
        mutating func takeSatisfied() -> [Waiter] {
            let all = waiters
            waiters = all.filter { !satisfies($0.want) }
            return all.filter { satisfies($0.want) }
        }
    }

    let request: HTTPRequest
    let address: WebAddress
    let style: Style
    /// Nil is no limit.
    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State())

    init(
        _ request: HTTPRequest, _ style: Style, deadline: ContinuousClock.Instant?
    ) throws(HTTPError) {
        address = try WebAddress(request)
        try request.check(address)
        (self.request, self.style, self.deadline) = (request, style, deadline)
    }
}

/// The loop's side.
extension Exchange {
    var isCancelled: Bool { state.withLock(\.isCancelled) }

    func receive(_ head: HTTPResponseHead) { update { $0.head = head } }

    /// `full` leaves the bytes with curl, which gives them again after it is resumed.
    func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Intake {
        update { state in
            if state.isCancelled { return .cancelled }
            switch style {
            case .whole:
                let room = request.maxResponseBytes - state.bytes.count
                guard bytes.count <= room else {
                    guard request.cutsResponse else { return .tooLarge }
                    state.bytes.append(contentsOf: bytes.prefix(room))
                    return .enough
                }
            case .connection: break
            case .stream(let buffer):
                guard state.bytes.isEmpty || state.bytes.count + bytes.count <= buffer else {
                    state.isPaused = true
                    return .full
                }
            }
            state.bytes.append(contentsOf: bytes)
            return .taken
        }
    }

    func finish(_ result: Result<Void, HTTPError>) {
        update { state in if state.end == nil { state.end = result } }
    }

    private func update<T>(_ change: (inout State) -> T) -> T {
        let (result, satisfied) = state.withLock { state in (change(&state), state.takeSatisfied()) }
        for waiter in satisfied { waiter.continuation.resume() }
        return result
    }
}

/// The task's side.
extension Exchange {
    /// To be followed by the loop's `cancel`, which ends it.
    func markCancelled() { state.withLock { $0.isCancelled = true } }

    func head() async throws(HTTPError) -> HTTPResponseHead {
        await wait(for: .head)
        let (head, end) = state.withLock { ($0.head, $0.end) }
        if let head { return head }
        try end?.get()
        throw HTTPError(.closed, address.label, "no answer came")
    }

    func whole() async throws(HTTPError) -> HTTPResponse {
        await wait(for: .end)
        let (head, bytes, end) = state.withLock { state in
            (state.head, state.bytes, state.end)
        }
        try end?.get()
        guard let head else { throw HTTPError(.closed, address.label, "no answer came") }
        return HTTPResponse(head, body: bytes)
    }

    func connected() async throws(HTTPError) {
        await wait(for: .end)
        try state.withLock { $0.end }?.get()
    }

    /// All that has come since the last call; nil after the last. `resume` is true where the transfer has
    /// paused.
    func nextBytes() async throws(HTTPError) -> (bytes: [UInt8]?, resume: Bool) {
        await wait(for: .bytes)
        let (bytes, resume, end) = state.withLock { state in
            defer { (state.bytes, state.isPaused) = ([], false) }
            return (state.bytes, state.isPaused, state.end)
        }
        if !bytes.isEmpty { return (bytes, resume) }
        try end?.get()
        return (nil, false)
    }

    private func wait(for want: Want) async {
        await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                if state.satisfies(want) { return true }
                state.waiters.append(Waiter(want: want, continuation: continuation))
                return false
            }
            if isSatisfied { continuation.resume() }
        }
    }
}
