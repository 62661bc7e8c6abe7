import Hummingbird
import NIOCore

/// What a request brings beside itself: the connection that it came on.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Runs `work`, and closes the connection where it takes longer.
    func within<T>(_ limit: TimeAmount, _ work: () async throws -> T) async rethrows -> T {
        let watchdog = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        defer { watchdog.cancel() }
        return try await work()
    }
    /// Closes a little later, so that the answer can still be read by a client that is busy sending.
    func closeSoon() { channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) } }
}
