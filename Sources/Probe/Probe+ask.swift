/// Where a probe is asked.
package struct ProbeTarget: Hashable, Sendable {
    package var probe: Probe
    /// A name or an address.
    package var host: String
    package var port: Int

    package init(_ probe: Probe, host: String, port: Int) {
        (self.probe, self.host, self.port) = (probe, host, port)
    }
}

package enum ProbeAnswer: Hashable, Sendable {
    case healthy
    /// Lower case, no full stop: `http /healthz answered 500`.
    case unhealthy(String)
}
