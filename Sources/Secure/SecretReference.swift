package import Model

/// Where a secret lives and how old it may be: what stands under `spec`, its references resolved.
package struct SecretReference: Hashable, Sendable {
    /// The engine's name.
    package var store: String
    package var path: String
    /// What others may refer to, in the order of the manifest.
    package var keys: [String]
    package var maxAge: Span?
    /// Nil where the newest one counts.
    package var version: Int?

    package init(_ spec: Value) throws(EngineError) {
        store = try spec.required("store", \.string)
        path = try spec.required("path", \.string)
        keys = spec["keys"]?.strings ?? ["value"]
        maxAge = try spec.optional("maxAge", \.span)
        version = try spec.optional("version", \.int)
    }
}

extension SecretReference {
    package static let kind = Kind(
        "SecretReference", id: "secret", layer: .secure,
        documentation: "Where a secret lives and how old it may be; never its value.", engineField: "store",
        spec: [
            Field(
                "store", .name,
                "The engine that keeps it, as the controller's configuration names it. Left out: the layer's default.",
                example: "store: sealed"),
            Field(
                "path", .string, required: true,
                "Where the store keeps it. The controller's configuration grants each source its paths.",
                example: "path: shop/db"),
            Field(
                "keys", .list(.string, unique: true), default: .list([.string("value")]),
                "The names of its parts. Each is an output, as in `${secret.db.username}`.",
                example: "keys: [username, password]"),
            Field(
                "maxAge", .duration, "How old its version may be before it counts as stale.",
                example: "maxAge: 30d"),
            Field(
                "version", .int(1...Int.max), "The version that is used. Left out: the newest.",
                example: "version: 3"),
        ], outputs: nil, outputsField: "keys",
        example: """
            apiVersion: martlet/v1
            kind: SecretReference
            metadata: {name: db}
            spec: {store: sealed, path: shop/db, keys: [username, password], maxAge: 30d}
            """,
        check: { spec in
            guard case .literal(.list(let keys))? = spec["keys"], keys.isEmpty else { return [] }
            return [
                FieldProblem(FieldPath("keys"), "'keys' is empty", hint: "leave it out for the key 'value'")
            ]
        })
}
