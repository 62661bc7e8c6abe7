import Model
import Reconcile
import Store
import Synchronization

/// Services of the registry: the plainest resources there are.
func entry(
    _ name: String, port: Int = 1, tag: String? = nil, dependsOn: Set<ResourceID> = [],
    source: String = "shop", _ options: ReconcileOptions = ReconcileOptions()
) -> Manifest {
    var spec: [String: Expression] = ["port": .literal(.int(port))]
    if let tag { spec["tag"] = .literal(.string(tag)) }
    return manifest(
        service(name, source), "consul", spec, dependsOn: dependsOn, source: source, options: options)
}

func service(_ name: String, _ project: String = "shop") -> ResourceID {
    ResourceID("service", project, name)
}

extension ReconcileOptions {
    static func with(_ change: (inout ReconcileOptions) -> Void) -> ReconcileOptions {
        var options = ReconcileOptions()
        change(&options)
        return options
    }
    static func onDrift(_ onDrift: OnDrift) -> ReconcileOptions { with { $0.onDrift = onDrift } }
}

extension Site {
    subscript(name: String, field: String) -> Value? {
        snapshot.registry.entries["shop-\(name)"]?.fields[field]
    }
    var names: [String] { snapshot.registry.entries.keys.sorted() }

    /// Somebody changes a field by hand; nil takes it away.
    func drift(
        _ name: String, _ field: String = "port", to value: Value? = .int(99), in project: String = "shop"
    ) {
        registry.state.withLock { state in
            guard var entry = state.entries["\(project)-\(name)"] else { return }
            entry.fields[field] = value
            _ = state.put("\(project)-\(name)", entry, ifIndex: entry.index)
        }
    }
    /// Something that Martlet did not make.
    func plant(_ name: String, port: Int = 7, owner: String? = nil) {
        let entry = Registry.Entry(fields: ["port": .int(port)], owner: owner)
        registry.state.withLock { _ = $0.put("shop-\(name)", entry, ifIndex: 0) }
    }
    func lose(_ name: String) { registry.state.withLock { $0.entries["shop-\(name)"] = nil } }

    func say(_ kind: Decision.Kind, _ subject: String, _ value: String = "", until: Int? = nil) {
        inbox.post(
            .decide(Decision(kind, subject: subject, value: value, until: until, by: "a person", at: 0)))
    }
    func resume(_ subject: String) { inbox.post(.withdraw(.suspend, subject: subject, by: "a person")) }
    func state(_ name: String) -> ResourceState? {
        loop.picture.state(of: service(name), policy: policy)
    }
    func commitState(_ source: String = "shop") -> CommitState? {
        loop.picture.sources[source]?.record?.state
    }
    /// What the next turn applies, as verbs and names.
    func steps(during body: () async throws -> Void) async rethrows -> [String] {
        try await applied(during: body).map { "\($0.verb) \($0.id.name)" }
    }
    func steps() async throws -> [String] { try await steps { try await resync() } }
}
