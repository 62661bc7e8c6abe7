package import Model
package import Store
import Synchronization

/// What anyone may ask of the loop.
package enum Request: Sendable {
    case load(Load)
    /// Everything of a source (of all, where nil), and what is held is tried again.
    case sync(source: String?)
    case engine(String, Event)
    /// Look again at what is on its way, due for another try, or due for a sweep.
    case timer
    case finished(Step, Outcome)
    case decide(Decision)
    /// What a request was said to change, by source, in place of all that was said of it before; and that it is gone,
    /// unmerged or merged.
    case show([ShownPreview], request: String)
    case unshow(request: String)
    /// Somebody's word for a preview that stands, or for the source's present plan.
    case approve(PlanApproval)
    /// A person takes back what was said.
    case withdraw(Decision.Kind, subject: String, by: String)
    /// The configuration's sources, whole.
    case configure([String: SourcePolicy])
    case fetched(source: String, at: Int, error: String?)
    case woken(source: String, at: Int)
    /// A source that was dropped from the configuration: keep its objects and forget them, or delete them.
    case forgetSource(String)
    case destroySource(String)
    case forget(ResourceID)
    /// What a person has asked of a resource's engine, to be remembered.
    case asked(ResourceID, HistoryEvent.Kind, by: String)
    /// Looks at the picture between two passes; nil when the loop has ended.
    case read(@Sendable (Picture?) -> Void)
    /// Starts nothing more, and ends once nothing is in flight.
    case stop
}

/// Where anyone asks the loop for something, at any time. Any number of requests during one pass make one more.
package final class Inbox: Sendable {
    private struct Contents {
        var requests: [Request] = []
        var notes: [Request] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false
    }
    private let contents = Mutex(Contents())

    package init() {}

    package func post(_ request: Request) {
        let (waiter, isClosed) = contents.withLock { contents in
            if !contents.isClosed { contents.requests.append(request) }
            return (contents.waiter.take(), contents.isClosed)
        }
        waiter?.resume()
        if isClosed { request.drop() }
    }

    /// Something to know, which makes no pass by itself: it is taken with the next request.
    package func note(_ request: Request) {
        let isClosed = contents.withLock { contents in
            if !contents.isClosed { contents.notes.append(request) }
            return contents.isClosed
        }
        if isClosed { request.drop() }
    }

    /// Nobody serves it any more: whoever wants to read is told so.
    package func close() {
        let left = contents.withLock { contents in
            contents.isClosed = true
            defer { (contents.requests, contents.notes) = ([], []) }
            return contents.notes + contents.requests
        }
        for request in left { request.drop() }
    }

    /// A value read from the picture between two passes; nil when the loop has ended.
    package func read<Answer: Sendable>(_ body: @escaping @Sendable (Picture) -> Answer) async -> Answer? {
        let (answers, answer) = AsyncStream.makeStream(of: Answer.self)
        post(
            .read { picture in
                if let picture { answer.yield(body(picture)) }
                answer.finish()
            })
        for await answer in answers { return answer }
        return nil
    }

    /// Returns once all that was posted before is taken, and recorded; false where the loop has ended meanwhile.
    package func recorded() async -> Bool {
        // A pass takes first and records last, so that the next one's answer tells of the end of this one.
        guard await read({ _ in true }) != nil else { return false }
        return await read({ _ in true }) != nil
    }

    func drain() -> [Request] {
        contents.withLock { contents in
            defer { (contents.requests, contents.notes) = ([], []) }
            return contents.notes + contents.requests
        }
    }
    var isEmpty: Bool { contents.withLock(\.requests.isEmpty) }

    /// Returns when there is a request.
    func wait() async {
        await withCheckedContinuation { continuation in
            let waits = contents.withLock {
                guard $0.requests.isEmpty else { return false }
                $0.waiter = continuation
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    /// Passes every engine's hints on, until cancelled.
    package func listen(to engines: [String: any Engine]) async {
        await withDiscardingTaskGroup { group in
            for (name, engine) in engines {
                group.addTask { for await event in engine.events() { self.post(.engine(name, event)) } }
            }
        }
    }
}

extension Request {
    fileprivate func drop() {
        if case .read(let body) = self { body(nil) }
    }
}
