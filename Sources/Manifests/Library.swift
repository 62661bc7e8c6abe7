import Model

/// The kinds and engines of a source, made ready to read manifests with.
final class Library: Sendable {
    /// A class, so that a document holds its kind by one reference.
    final class Entry: Sendable {
        let kind: Kind
        /// Names of the outputs that every resource of the kind has; nil where only the engine knows.
        let outputs: [String]?
        /// Where a manifest names none.
        let standardEngine: String
        let engineField: Name
        let typeField: Name?
        let frame: ObjectShape
        let spec: ObjectShape
        /// Of each engine and type, the spec with that type's own fields.
        let variants: [String: [String: Variant]]

        init(_ kind: Kind, engines: [EngineDescription], standard: String) {
            (self.kind, standardEngine) = (kind, standard)
            outputs = kind.outputs?.map(\.name)
            engineField = Name(kind.engineField)
            typeField = kind.variant.map { Name($0.typeField) }
            frame = ObjectShape(CommonFields.fields(of: kind))
            let spec = ObjectShape(kind.spec, advice: kind.advice)
            self.spec = spec
            var variants: [String: [String: Variant]] = [:]
            for engine in engines {
                guard let field = kind.variant?.configField, let own = engine.variants else { continue }
                variants[engine.name] = own.mapValues { variant in
                    Variant(
                        spec: ObjectShape(spec, field, as: Shape(.object(variant.fields))),
                        outputs: variant.outputs.map(\.name))
                }
            }
            self.variants = variants
        }
    }
    final class Engine: Sendable {
        let description: EngineDescription
        init(_ description: EngineDescription) { self.description = description }
    }
    struct Variant: Sendable {
        let spec: ObjectShape
        let outputs: [String]
    }
    /// The positions of the common fields in each frame.
    enum Position {
        static let kind = 1, metadata = 2, dependsOn = 3, reconcile = 4, forEach = 5, spec = 6
    }
    /// Those of the fields of `metadata`.
    enum MetadataPosition {
        static let name = 0, project = 1, labels = 2, annotations = 3
    }
    /// Those of the fields of `reconcile`.
    enum ReconcilePosition {
        static let onDrift = 0, ignore = 1, onRemove = 2, adopt = 3, movedFrom = 4, suspend = 5
    }
    let settings: SourceSettings
    /// What a manifest's expressions may name, before it is known which manifest it is.
    let scope: Scope
    let entries: [String: Entry]
    let engines: [String: Engine]
    /// The secret paths that the source is granted.
    let secrets: [SecretPattern]

    init(_ kinds: [Kind], _ settings: SourceSettings) {
        self.settings = settings
        secrets = settings.grants.secrets.map { SecretPattern($0) }
        let engines = Dictionary(settings.knownEngines.map { ($0.name, $0) }) { first, _ in first }
        self.engines = engines.mapValues { Engine($0) }
        let entries = kinds.map { kind in
            Entry(
                kind, engines: engines.values.filter { $0.layer == kind.layer },
                standard: settings.defaultEngine(of: kind.layer))
        }
        let byID = Dictionary(entries.map { ($0.kind.id, $0) }) { first, _ in first }
        var scope = Scope()
        (scope.kinds, scope.project, scope.variables) = (byID, settings.project, settings.variables)
        scope.hasExpressions = true
        self.scope = scope
        self.entries = Dictionary(entries.map { ($0.kind.name, $0) }) { first, _ in first }
    }
}
