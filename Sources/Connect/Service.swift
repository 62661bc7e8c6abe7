package import Model
package import Probe

/// A name that others discover: what stands under `spec`, its references resolved.
package struct Service: Hashable, Sendable {
    /// The engine's name.
    package var engine: String?
    package var job: String?
    package var port: String?
    /// What stands behind it: the job's output, as the job's engine gives it; unknown until the job runs.
    package var instances: Value
    /// `host:port`, of what no job of ours runs.
    package var addresses: [String]
    package var tags: [String]
    package var meta: [String: String]
    package var checks: [Probe]
    package var allow: [ResourceID]

    package init(_ spec: Value) throws(EngineError) {
        engine = try spec.optional("engine", \.string)
        job = try spec.optional("job", \.string)
        port = try spec.optional("port", \.string)
        instances = spec["instances"] ?? .list([])
        addresses = spec["addresses"]?.strings ?? []
        tags = spec["tags"]?.strings ?? []
        meta = spec["meta"]?.stringMap ?? [:]
        checks = try spec.objects("checks") { value throws(EngineError) in try Probe(value) }
        allow = (spec["allow"]?.strings ?? []).compactMap { ResourceID($0) }
    }
}

extension Service {
    package static let kind = Kind(
        "Service", id: "service", layer: .connect,
        documentation:
            "A name that others discover; the healthy instances of a job, or fixed addresses, stand "
            + "behind it.",
        engineField: "engine", spec: fields,
        outputs: [
            Kind.Output("address", "The host of one healthy endpoint."),
            Kind.Output("port", "The port of the same endpoint."),
            Kind.Output("endpoints", "All healthy endpoints, each with `address` and `port`."),
        ],
        bindings: [Kind.Binding(nameField: "job", kind: "job", output: "instances", field: "instances")],
        example: """
            apiVersion: martlet/v1
            kind: Service
            metadata: {name: web}
            spec: {job: web, port: http, checks: [{tcp: true, interval: 5s}], allow: [job/edge]}
            """, check: problems)

    private static let fields = [
        Field(
            "engine", .oneOf([.name, .list(.name, unique: true)]),
            "The engine that lists it, as the controller's configuration names it; a list makes one service of each. "
                + "Left out: the layer's default.", example: "engine: registry"),
        Field(
            "job", .string,
            "The name of the job of the same project whose instances stand behind it; `web[eu]` where the job has "
                + "keys.", example: "job: web"),
        Field("port", .string, "The name of the job's port.", example: "port: http"),
        Field(
            "addresses", .list(.string, unique: true),
            "`host:port` of what stands behind it, instead of a job.",
            example: "addresses: [\"10.0.0.5:5432\", \"[2001:db8::5]:5432\"]"),
        Field(
            "tags", .list(.string, unique: true), "Words to select it by.", example: "tags: [public, v2]"),
        Field("meta", .map(.string), "Texts that are listed with it.", example: "meta: {team: checkout}"),
        Field(
            "checks", .list(.object(Probe.fields)),
            "Probes of each endpoint, beside the job's own health; an endpoint that fails one is not healthy.",
            example: "checks: [{http: /healthz, interval: 5s}]"),
        Field(
            "allow", .list(.resource(kinds: ["job"]), unique: true),
            "The jobs that may call it. Left out: it says nothing about who may.",
            example: "allow: [job/edge]"),
    ]

    private static let problems: @Sendable (Expression) -> [FieldProblem] = { spec in
        var problems = Probe.problems(spec["checks"], at: FieldPath("checks"), ports: nil)
        switch (spec["job"] != nil, spec["addresses"] != nil) {
        case (true, true):
            problems.append(FieldProblem(FieldPath("addresses"), "'job' and 'addresses' exclude each other"))
        case (false, false):
            problems.append(FieldProblem(FieldPath(), "missing key 'job' or 'addresses' in Service.spec"))
        case (true, false) where spec["port"] == nil:
            problems.append(FieldProblem(FieldPath(), "missing key 'port' in Service.spec"))
        default: break
        }
        guard case .literal(let addresses)? = spec["addresses"] else { return problems }
        for (index, address) in addresses.strings.enumerated() where !isAddress(address) {
            problems.append(
                FieldProblem(
                    FieldPath("addresses").appending(index), "'\(address.escapedForDisplay)' is no address",
                    hint: "write host:port, or [IPv6]:port"))
        }
        return problems
    }

    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            return false
        }
        let host = text[..<colon]
        let isBare = !host.contains(":") || (host.hasPrefix("[") && host.hasSuffix("]"))
        return (1...65535).contains(port) && !host.isEmpty && isBare && !host.contains(where: \.isWhitespace)
    }
}
