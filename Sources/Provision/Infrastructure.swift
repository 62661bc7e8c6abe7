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
    private static let lifecycle = [
        Field(
            "createBeforeDestroy", .bool, default: .bool(false),
            "Whether a replacement is made before what it replaces is deleted; then also those of all that it refers to.",
            example: "createBeforeDestroy: true"),
        Field(
            "preventDestroy", .bool, default: .bool(false),
            "Whether a change that would delete or replace the object is refused.",
            example: "preventDestroy: true"),
        Field(
            "ignoreChanges", .list(.string, unique: true),
            "Attributes of `config` whose differences do not count once the object exists: `tags`, `tags.Owner`, "
                + "`rule[0].priority`; `all` for every one. A replacement is made of all that `config` says.",
            example: "ignoreChanges: [tags.Owner]"),
        Field(
            "replaceTriggeredBy", .list(.any),
            "References; when one gives another value, the object is replaced. Adding one does not replace it.",
            example: "replaceTriggeredBy: [\"${infrastructure.network.id}\"]"),
    ]
    private static let timeouts = ["create", "read", "update", "delete"].map { name in
        Field(
            name, .duration, "For the \(name) of the object. Left out: the provider's own.",
            example: "\(name): 30m")
    }

    /// What Terraform's users may look for.
    private static let advice = [
        "module":
            "there are no modules: write a manifest for each resource, with 'forEach' beside 'spec' for many",
        "source":
            "there are no modules: write a manifest for each resource, with 'forEach' beside 'spec' for many",
        "count": "write 'forEach' beside 'spec'", "for_each": "write 'forEach' beside 'spec'",
        "depends_on": "write 'dependsOn' beside 'spec'",
        "import": "write 'reconcile: {adopt: <import id>}' beside 'spec'",
        "provisioner": "what is to be run is a Job",
        "moved": "write 'reconcile: {movedFrom: …}' beside 'spec'",
        "region": "a provider is configured in the controller's configuration: name another engine",
    ]

    package static let kind: Kind = {
        var kind = described
        kind.advice = advice
        return kind
    }()
    private static let described = Kind(
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
            Field(
                "lifecycle", .object(lifecycle), "How a Terraform provider's object is dealt with.",
                example: "lifecycle: {preventDestroy: true, ignoreChanges: [tags.Owner]}"),
            Field(
                "timeouts", .object(timeouts),
                "How long a Terraform provider waits for its object, where the type has such limits.",
                example: "timeouts: {create: 1h}"),
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
