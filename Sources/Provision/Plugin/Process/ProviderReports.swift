/// What is told of a provider's processes while they run: the wiring logs it, and keeps its measures.
package struct ProviderReports: Sendable {
    package var log: @Sendable (PluginLogLine) -> Void
    package var event: @Sendable (ProviderEvent) -> Void

    package init(
        log: @escaping @Sendable (PluginLogLine) -> Void = { _ in },
        event: @escaping @Sendable (ProviderEvent) -> Void = { _ in }
    ) {
        (self.log, self.event) = (log, event)
    }
}

package enum ProviderEvent: Sendable, Hashable {
    /// It has its configuration, and takes calls. `start` is the time until it could be talked to, `preparation` what
    /// schema and configuration took after that.
    case ready(pid: Int32, protocolVersion: Int, start: Duration, preparation: Duration)
    /// It could not be started, or does not take its configuration.
    case refused(PluginError, retryAfter: Duration)
    case crashed(PluginError, restartAfter: Duration)
    case stopped
}

/// What a provider's process is worth knowing by, at one moment.
package struct ProviderVitals: Sendable, Hashable {
    package var pid: Int32
    package var protocolVersion: Int
    /// From its start until it could be talked to.
    package var startedIn: Duration
    /// Memory that is in use, and the most that it was, in bytes; nil where the system does not say.
    package var residentBytes: Int?
    package var peakBytes: Int?
    /// Calls that are under way.
    package var inFlight: Int
}
