package import Model

/// One resource of a provider: what stands under `spec`, its references resolved.
package struct Infrastructure: Hashable, Sendable {
    /// The engine's name.
    package var provider: String
    package var type: String?
    /// A data source that is read, instead of a resource that is made.
    package var data: String?
    package var config: Value

    package init(_ spec: Value) throws(EngineError) {
        provider = try spec.required("provider", \.string)
        type = try spec.optional("type", \.string)
        data = try spec.optional("data", \.string)
        config = spec["config"] ?? .map([:])
    }
}

extension Infrastructure {
    package static let kind = Kind(
        "Infrastructure", id: "infrastructure", layer: .provision,
        documentation: "One resource of a provider: a file on a host, a bucket, a network.",
        engineField: "provider", variant: Kind.Variant(typeField: "type", configField: "config"),
        spec: [
            Field(
                "provider", .name,
                "The engine that makes it, as the controller's configuration names it. Left out: the layer's default.",
                example: "provider: host"),
            Field(
                "type", .string,
                "What the provider shall make. Stands in every manifest but those that read a data source.",
                example: "type: file"),
            Field(
                "data", .string, "What the provider shall read, instead of making anything.",
                example: "data: aws_ami"),
            Field(
                "config", .map(.any), default: .map([:]),
                "What the provider's type takes. Its fields depend on `provider` and `type`.",
                example: "config: {path: /srv/shop/index.html, content: \"<h1>Shop</h1>\"}"),
        ], outputs: nil,
        example: """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: index}
            spec:
              provider: host
              type: file
              config: {path: /srv/shop/index.html, content: "<h1>Shop</h1>", mode: "0644"}
            """,
        check: { spec in
            switch (spec.contains("type"), spec.contains("data")) {
            case (true, true): [FieldProblem(FieldPath("data"), "'type' and 'data' exclude each other")]
            case (false, false): [FieldProblem(FieldPath(), "missing key 'type' in Infrastructure.spec")]
            default: []
            }
        })
}
