package import HTTPClient
package import Model
import Probe
import Synchronization

/// Lists services by name, with the endpoints that are healthy, for whoever asks this controller.
package struct RegistryEngine: Engine {
    package struct Configuration: Sendable {
        /// Where the checks of fixed addresses may go. A job's own instances are always asked.
        package var networks: [Network]
        package init(networks: [Network] = Network.loopback) { self.networks = networks }
    }
    package let registry: Registry
    private let prober: Prober<ResourceID>
    private let happened: AsyncStream<Event>
    private let happen: AsyncStream<Event>.Continuation

    /// `start` is milliseconds since 1970: the catalog's index goes on from there. The client asks checks and nothing else.
    package init(_ configuration: Configuration, start: Int, client: HTTPClient) {
        self.init(start: start) { await client.ask($0, within: configuration.networks) }
    }
    init(start: Int, ask: @escaping @Sendable (ProbeTarget) async -> ProbeAnswer) {
        prober = Prober(ask: ask)
        registry = Registry(prober, start: start)
        (happened, happen) = AsyncStream.makeStream()
    }

    package func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        var answers: [ResourceID: Result<Observation, EngineError>] = [:]
        for target in targets {
            answers[target.id] = Result { () throws(EngineError) in try observation(of: target) }
        }
        return answers
    }

    /// Lists what a record says, before anybody looks: a controller that is started again must not seem to have nothing.
    package func restore(_ id: ResourceID, _ recorded: Recorded) throws(EngineError) {
        guard recorded.observation.presence == .ours else { return }
        try registry.register(id, recorded.spec, intent: recorded.intent, isRestored: true)
    }

    private func observation(of target: Target) throws(EngineError) -> Observation {
        if let known = registry.observation(of: target.id) { return known }
        if let recorded = target.recorded, recorded.observation.presence == .ours {
            try restore(target.id, recorded)
            // The record was given another name: the listing follows it.
            let name = String(decoding: recorded.observation.state, as: UTF8.self)
            if let old = ResourceID(name), old != target.id { registry.deregister(old) }
        }
        return registry.observation(of: target.id) ?? .absent
    }

    package func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        guard step.verb != .delete, let desired = step.desired else {
            registry.deregister(step.id)
            return .done(.absent)
        }
        do throws(EngineError) {
            try registry.register(step.id, desired, intent: step.intent)
        } catch {
            return .failed(error)
        }
        return .done(registry.observation(of: step.id) ?? .absent)
    }

    /// Asks the checks until the task is cancelled. Without it nobody is, and what has checks stays in progress.
    package func run() async {
        let changes = Changes()
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in changes.stream {
                    let ids = changes.take()
                    registry.refresh(ids)
                    happen.yield(.changed(ids))
                }
            }
            await prober.run(changes.add)
            group.cancelAll()
        }
        registry.close()
    }
    package func events() -> AsyncStream<Event> { happened }
}

/// Whose verdicts have changed: what comes while others are judged is judged with the next.
private final class Changes: Sendable {
    private let ids = Mutex<Set<ResourceID>>([])
    let stream: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    init() { (stream, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    @Sendable func add(_ more: Set<ResourceID>) {
        ids.withLock { $0.formUnion(more) }
        wake.yield()
    }
    func take() -> Set<ResourceID> {
        ids.withLock { ids in
            defer { ids = [] }
            return ids
        }
    }
}

extension Registry {
    func observation(of id: ResourceID) -> Observation? {
        guard let (spec, service, intent, listing) = registration(of: id) else { return nil }
        return Observation(
            .ours, listing.health(of: service), fields: spec, outputs: listing.outputs,
            state: Array(id.description.utf8), intent: intent, warning: listing.warning)
    }
}

extension Registry.Listing {
    private var healthy: [Endpoint] { endpoints.filter(\.isHealthy) }
    private var unhealthy: [(endpoint: Endpoint, cause: String)] {
        endpoints.compactMap { endpoint in
            if case .unhealthy(let cause) = endpoint.health { (endpoint, cause) } else { nil }
        }
    }

    /// Instances that their job does not call healthy are the job's to tell of: the service waits for them.
    fileprivate func health(of service: Service) -> Observation.Health {
        if !healthy.isEmpty { return .ready }
        guard let first = unhealthy.first else {
            return .progressing(
                endpoints.isEmpty
                    ? "no instance of job '\(service.job ?? "")' runs yet"
                    : "its checks have not answered yet")
        }
        guard unhealthy.count == endpoints.count else {
            return .progressing("its checks have not answered yet")
        }
        let subject = endpoints.count == 1 ? "its endpoint is" : "none of its \(endpoints.count) endpoints is"
        let words =
            "\(subject)\(endpoints.count == 1 ? " not" : "") healthy: \(first.endpoint.place): \(first.cause)"
        let awaitsJob = service.instances.items.contains { $0["healthy"]?.bool == false }
        return awaitsJob ? .progressing(words) : .failed(words)
    }

    fileprivate var warning: String? {
        guard !healthy.isEmpty, let first = unhealthy.first else { return nil }
        let (count, all) = (unhealthy.count, endpoints.count)
        return
            "\(count) of \(all) endpoints \(count == 1 ? "is" : "are") not healthy: \(first.endpoint.place): \(first.cause)"
    }

    /// Unknown while none is healthy: nobody is to be pointed at nothing.
    fileprivate var outputs: Value {
        let list = healthy.map { Value.map(["address": .string($0.address), "port": .int($0.port)]) }
        return .map([
            "address": list.first?["address"] ?? .unknown, "port": list.first?["port"] ?? .unknown,
            "endpoints": list.isEmpty ? .unknown : .list(list),
        ])
    }
}
