import Model
package import Probe

/// One place where a service answers, and what is known of its health.
package struct Endpoint: Hashable, Sendable {
    /// The instance's name; nil for a fixed address.
    package var name: String?
    package var address: String
    package var port: Int
    package var health: Standing.Verdict

    var place: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
    var isHealthy: Bool { health == .healthy }
}

extension Service {
    /// Everything that stands behind it, health aside: what a job's instance says of itself counts before any check.
    func endpoints() throws(EngineError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for text in addresses {
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...])
            else {
                throw EngineError(.waitForChange, "'\(text.escapedForDisplay)' is no address")
            }
            let host = text[..<colon].trimmingBrackets
            endpoints.append(Endpoint(name: nil, address: host, port: port, health: .healthy))
        }
        for instance in instances.items { endpoints.append(try endpoint(of: instance)) }
        return endpoints
    }

    private func endpoint(of instance: Value) throws(EngineError) -> Endpoint {
        let ports = instance["ports"]
        guard let name = port, let number = ports?[name]?.int else {
            let known = ports?.fields.keys.sorted().joined(separator: ", ") ?? ""
            throw EngineError(
                .waitForChange, "job '\(job ?? "")' has no port '\(port ?? "")'",
                hint: known.isEmpty ? "declare it in the job's 'task.ports'" : "its ports are \(known)")
        }
        let isHealthy = instance["healthy"]?.bool ?? true
        return Endpoint(
            name: instance["name"]?.string, address: try instance.required("address", \.string), port: number,
            health: isHealthy ? .healthy : .unhealthy("the job says that the instance is not healthy"))
    }

    /// What is asked of an endpoint: a check may name another port of the instance.
    func targets(of endpoint: Endpoint) -> [ProbeTarget] {
        checks.map { check in
            let ports = instances.items.first { $0["name"]?.string == endpoint.name }?["ports"]
            let port = check.port.flatMap { ports?[$0]?.int } ?? endpoint.port
            return ProbeTarget(check, host: endpoint.address, port: port, isForeign: endpoint.name == nil)
        }
    }
}

extension Substring {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : String(self)
    }
}
