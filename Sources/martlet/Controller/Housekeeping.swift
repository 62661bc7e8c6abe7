import Foundation
import Logging
import ServiceLifecycle
import Store

/// Forgets, once an hour, what is too old to be told.
actor Housekeeping: Service {
    private static let keeps = 90 * 86_400_000
    private let store: Store
    private let logger: Logger
    private let queue = StoreQueue(label: "martlet.housekeeping")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ store: Store, logger: Logger) { (self.store, self.logger) = (store, logger) }

    func run() async {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(3600))
                await self.prune()
            }
        }
    }

    private func prune() {
        let time = currentMilliseconds() - Self.keeps
        do throws(StoreError) {
            try store.prune(before: time)
            try store.forgetDeliveries(before: time)
        } catch {
            logger.warning("history not pruned", metadata: ["cause": "\(error.description)"])
        }
    }
}
