/// What the loader needs to know of a configured engine, without asking it anything.
package struct EngineDescription: Sendable {
    /// As the configuration names it, and manifests refer to it.
    package var name: String
    /// What it is: `host`, `sealed`, `nomad`.
    package var type: String
    package var layer: Layer
    /// Needs no server; what a source may use where the configuration says nothing.
    package var isEmbedded: Bool
    /// What it can make, where the kind has a variant field; nil where only the engine itself knows.
    package var variants: [String: Variant]?
    /// Names of the outputs that a manifest's resource has, where it has no variant; nil where they are not known yet.
    package var outputs: @Sendable (Manifest) -> [String]?
    /// What a manifest asks that the engine could never do or may not do, found without looking at the world. The
    /// spec may hold references: what they give is checked again when the step is planned and applied.
    package var check: @Sendable (Manifest, Grants) -> [FieldProblem]

    /// One thing that an engine can make: `file`, `directory`.
    package struct Variant: Sendable {
        package var documentation: String
        package var fields: [Field]
        package var outputs: [Kind.Output]
        package init(_ documentation: String, fields: [Field], outputs: [Kind.Output]) {
            (self.documentation, self.fields, self.outputs) = (documentation, fields, outputs)
        }
    }

    package init(
        name: String, type: String, layer: Layer, isEmbedded: Bool, variants: [String: Variant]? = nil,
        check: @escaping @Sendable (Manifest, Grants) -> [FieldProblem] = { _, _ in [] },
        outputs: @escaping @Sendable (Manifest) -> [String]? = { _ in nil }
    ) {
        (self.name, self.type, self.layer, self.isEmbedded) = (name, type, layer, isEmbedded)
        (self.variants, self.outputs, self.check) = (variants, outputs, check)
    }
}

/// What is wrong with one field of a spec.
package struct FieldProblem: Sendable, Hashable {
    package var path: FieldPath
    package var message: String
    package var hint: String?
    package init(_ path: FieldPath, _ message: String, hint: String? = nil) {
        (self.path, self.message, self.hint) = (path, message, hint)
    }
}
