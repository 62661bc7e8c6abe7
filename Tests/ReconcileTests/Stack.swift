import Model
import Synchronization

/// One product over four layers: two secrets → database → job → service → gateway.
struct Stack {
    var number: Int
    var name = "db", size = 1, image = "web:1", count = 1, port = 8080, createFirst = true
    init(_ number: Int) { (self.number, name) = (number, "db\(number)") }

    var kv: ResourceID { ResourceID("secret", "shop", "kv\(number)") }
    var role: ResourceID { ResourceID("secret", "shop", "role\(number)") }
    var db: ResourceID { ResourceID("infrastructure", "shop", "db\(number)") }
    var job: ResourceID { ResourceID("job", "shop", "web\(number)") }
    var service: ResourceID { ResourceID("service", "shop", "web\(number)") }
    var gateway: ResourceID { ResourceID("gateway", "shop", "edge\(number)") }
    var ids: Set<ResourceID> { [kv, role, db, job, service, gateway] }
    var path: String { "/etc/edge\(number)" }
    var entry: String { "shop-web\(number)" }

    var manifests: [Manifest] {
        [
            manifest(kv, "vault", ["path": .literal(.string("kv/\(number)"))]),
            manifest(role, "vault", ["path": .literal(.string("role/\(number)"))]),
            manifest(
                db, "cloud",
                [
                    "type": .literal(.string("database")), "name": .literal(.string(name)),
                    "size": .literal(.int(size)), "password": .reference(Reference(kv, FieldPath("value"))),
                    "createFirst": .literal(.bool(createFirst)),
                ]),
            manifest(
                job, "nomad",
                [
                    "image": .literal(.string(image)), "count": .literal(.int(count)),
                    "env": .map([
                        "URL": .reference(Reference(db, FieldPath("endpoint"))),
                        "TOKEN": .reference(Reference(db, FieldPath("token"))),
                        "LOGIN": .reference(Reference(role, FieldPath("value"))),
                    ]),
                ]),
            manifest(
                service, "consul",
                [
                    "port": .literal(.int(port)),
                    "addresses": .reference(Reference(job, FieldPath("addresses"))),
                ]),
            manifest(
                gateway, "gateway",
                [
                    "path": .literal(.string(path)),
                    "endpoints": .list([.reference(Reference(service, FieldPath("endpoints")))]),
                ]),
        ]
    }

    func prepare(_ site: Site) {
        site.server.rotate("kv/\(number)")
        site.server.state.withLock { $0.roles["role/\(number)"] = 1 }
    }

    /// What is not as the manifests say, read from the worlds alone.
    func faults(in site: Site) -> [String] {
        var faults: [String] = []
        func check(_ holds: Bool, _ what: String) { if !holds { faults.append("stack \(number): \(what)") } }
        let state = site.snapshot
        let objects = state.cloud.objects.filter { $0.value.tags["owner"] == "\(db)" }
        check(objects.count == 1, "\(objects.count) databases")
        guard let object = objects.values.first, let job = state.cluster.jobs[entry],
            let service = state.registry.entries[entry]
        else { return faults + ["stack \(number): missing"] }
        check(object.attributes["name"] == name, "name \(object.attributes["name"] ?? "")")
        check(object.attributes["size"] == "\(size)", "size")
        check(object.attributes["password"] == state.secrets.values["kv/\(number)"]?.last, "password")
        check(job.current.image == image && job.current.count == count, "job \(job.current.image)")
        check(job.current.priority == 50, "priority")
        check(job.current.delivered["URL"] == object.attributes["endpoint"], "endpoint of the job")
        check(job.current.delivered["TOKEN"] == object.attributes["token"], "token of the job")
        let leases = state.secrets.leases.filter { $0.key.contains("\(role):") }
        check(leases.count == 1, "\(leases.count) leases: \(leases.keys.sorted())")
        check(
            leases.values.contains(job.current.delivered["LOGIN"] ?? ""), "credential of the job is revoked")
        check(service.fields["addresses"] == .list(job.addresses.map(Value.string)), "addresses")
        check(service.fields["port"] == .int(port), "port")
        let healthy = job.addresses.map(Value.string).filter { !state.registry.unhealthy.contains($0) }
        check(state.files[path] == GatewayEngine.render(gateway, [.list(healthy)]), "gateway's file")
        return faults
    }
    /// What is left although nothing of it is desired any more.
    func remains(in site: Site) -> [String] {
        let state = site.snapshot
        let left =
            state.cloud.objects.values.filter { $0.tags["owner"] == "\(db)" }.map { "database \($0)" }
            + [
                state.cluster.jobs[entry].map { _ in "job" },
                state.registry.entries[entry].map { _ in "service" },
            ]
            .compactMap(\.self) + state.secrets.leases.keys.filter { $0.contains("\(role):") }
            + (state.files[path] == nil ? [] : ["file"])
        return left.map { "stack \(number) removed, yet: \($0)" }
    }
}

func manifest(
    _ id: ResourceID, _ engine: String, _ spec: [String: Expression], dependsOn: Set<ResourceID> = [],
    source: String = "shop", options: ReconcileOptions = ReconcileOptions()
) -> Manifest {
    let layers: [String: Layer] = ["secret": .secure, "job": .run, "service": .connect, "gateway": .connect]
    return Manifest(
        id, source: source, layer: layers[id.kind] ?? .provision, engine: engine,
        spec: Expression(folding: spec),
        dependsOn: dependsOn, options: options, file: "\(id.name).yaml")
}
