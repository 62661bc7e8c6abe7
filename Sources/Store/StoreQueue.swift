import Dispatch

/// A thread of its own for an actor that calls the store: its calls block until the disk has them.
package final class StoreQueue: SerialExecutor {
    private let queue: DispatchQueue
    package init(label: String) { queue = DispatchQueue(label: label) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
