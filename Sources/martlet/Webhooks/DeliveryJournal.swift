import Logging
import Reconcile
import ServiceLifecycle
import Store
import Synchronization

/// Keeps deliveries before they are answered, all that come while the disk is busy in one transaction; then asks for a
/// fetch of their sources. What asked, and no fetch has followed, is owed: a start asks for it again.
actor DeliveryJournal: Service {
    private struct Waiting {
        var delivery: Delivery
        var answer: CheckedContinuation<Bool?, Never>
    }
    private struct Contents {
        var waiting: [Waiting] = []
        /// By source, when the newest delivery came that no fetch has followed.
        var owed: [String: Int] = [:]
        /// Owed no more, and not written yet.
        var settled: [String: Int] = [:]
        var isClosed = false
    }
    private let store: Store
    private let logger: Logger
    /// Called with the sources of a batch: those that one was seen of, and when, and those that are to be fetched.
    private let kept: @Sendable (_ seen: [String: Int], _ asked: Set<String>) -> Void
    /// Called with a request's number, and the sources that are about its repository.
    private let looked: @Sendable (_ number: Int, _ sources: [String]) -> Void
    private nonisolated let contents = Mutex(Contents())
    private nonisolated let (wakeups, wakeup) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let queue = StoreQueue(label: "martlet.deliveries")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(
        _ store: Store, logger: Logger,
        looked: @escaping @Sendable (_ number: Int, _ sources: [String]) -> Void,
        kept: @escaping @Sendable (_ seen: [String: Int], _ asked: Set<String>) -> Void
    ) {
        (self.store, self.logger, self.looked, self.kept) = (store, logger, looked, kept)
    }

    /// Returns once it is on the disk: whether it is new; nil where it can't be kept.
    nonisolated func keep(_ delivery: Delivery) async -> Bool? {
        await withCheckedContinuation { continuation in
            let isClosed = contents.withLock { contents in
                if !contents.isClosed {
                    contents.waiting.append(Waiting(delivery: delivery, answer: continuation))
                }
                return contents.isClosed
            }
            if isClosed { continuation.resume(returning: nil) } else { wakeup.yield() }
        }
    }

    /// What earlier runs left.
    nonisolated func owes(_ source: String, since: Int) {
        contents.withLock { $0.owed[source] = max($0.owed[source] ?? 0, since) }
    }

    /// A pass has ended: what it had fetched is owed no more.
    nonisolated func settle(_ picture: Picture) {
        let isSettled = contents.withLock { contents in
            for (source, since) in contents.owed {
                let state = picture.sources[source]
                guard state?.isConfigured != true || state?.lastFetched ?? 0 > since else { continue }
                contents.owed[source] = nil
                contents.settled[source] = since
            }
            return !contents.settled.isEmpty
        }
        if isSettled { wakeup.yield() }
    }

    /// Until the shutdown, which comes after the last request was answered.
    func run() async {
        await cancelWhenGracefulShutdown { for await _ in self.wakeups { await self.flush() } }
        contents.withLock { $0.isClosed = true }
        flush()
    }

    private func flush() {
        let (waiting, settled) = contents.withLock { contents in
            defer { (contents.waiting, contents.settled) = ([], [:]) }
            return (contents.waiting, contents.settled)
        }
        if !settled.isEmpty { settle(settled) }
        if waiting.isEmpty { return }
        do throws(StoreError) {
            let deliveries = waiting.map(\.delivery)
            let isNew = try store.accept(deliveries)
            tell(deliveries, isNew)
            for (waiting, isNew) in zip(waiting, isNew) { waiting.answer.resume(returning: isNew) }
        } catch {
            logger.error("deliveries not kept", metadata: ["cause": "\(error.description)"])
            for waiting in waiting { waiting.answer.resume(returning: nil) }
        }
    }

    private func tell(_ deliveries: [Delivery], _ isNew: [Bool]) {
        var seen: [String: Int] = [:]
        var asked: Set<String> = []
        for (delivery, isNew) in zip(deliveries, isNew) {
            for source in delivery.sources { seen[source] = max(seen[source] ?? 0, delivery.receivedAt) }
            if isNew, let number = delivery.request { looked(number, delivery.sources) }
            guard isNew, delivery.asks else { continue }
            asked.formUnion(delivery.sources)
            contents.withLock { contents in
                for source in delivery.sources {
                    contents.owed[source] = max(contents.owed[source] ?? 0, delivery.receivedAt)
                }
            }
        }
        kept(seen, asked)
    }

    private func settle(_ settled: [String: Int]) {
        do throws(StoreError) { try store.settle(settled) } catch {
            logger.warning("fetches not noted", metadata: ["cause": "\(error.description)"])
        }
    }
}
