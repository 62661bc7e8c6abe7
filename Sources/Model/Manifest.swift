/// One resource as a source asks for it, its defaults filled in.
package struct Manifest: Hashable, Sendable {
    package var id: ResourceID
    /// The source's name in the controller's configuration.
    package var source: String
    package var layer: Layer
    /// The configured name of the engine that makes it real.
    package var engine: String
    /// What the engine shall make, where a kind has several: `file`, `aws_s3_bucket`.
    package var type: String?
    package var spec: Expression
    /// These must be ready first; a reference only needs its output to be known.
    package var dependsOn: Set<ResourceID>
    package var labels: [String: String]
    package var options: ReconcileOptions
    /// Path of its file, relative to the source's folder.
    package var file: String
    /// Which document of its file, from 0.
    package var document: Int
    /// Everything that it refers to or depends on.
    package let dependencies: Set<ResourceID>

    package init(
        _ id: ResourceID, source: String, layer: Layer, engine: String, type: String? = nil, spec: Expression,
        dependsOn: Set<ResourceID> = [], labels: [String: String] = [:],
        options: ReconcileOptions = ReconcileOptions(), file: String = "", document: Int = 0
    ) {
        (self.id, self.source, self.layer, self.engine, self.type) = (id, source, layer, engine, type)
        (self.spec, self.dependsOn, self.labels, self.options) = (spec, dependsOn, labels, options)
        (self.file, self.document) = (file, document)
        var dependencies = dependsOn
        spec.collectReferences(into: &dependencies)
        self.dependencies = dependencies
    }

    /// What a provider reads for it, instead of making anything.
    package var dataType: String? { layer == .provision ? spec.literal("data")?.string : nil }

    /// Whether a replacement of it is made before what it replaces goes.
    package var createsFirst: Bool {
        layer == .provision && spec["lifecycle"]?.literal("createBeforeDestroy")?.bool == true
    }

    /// Whether this asks for the same as another did: where it stands in the repository does not count.
    package func asksForTheSame(as other: Manifest) -> Bool {
        spec == other.spec && engine == other.engine && type == other.type && source == other.source
            && dependsOn == other.dependsOn && options == other.options && labels == other.labels
    }
}

/// The common field `reconcile`.
package struct ReconcileOptions: Hashable, Sendable {
    package enum OnDrift: String, Sendable, CaseIterable { case correct, warn, ignore }
    package enum OnRemove: String, Sendable, CaseIterable { case delete, forget }
    package enum Adoption: Hashable, Sendable {
        case no
        /// Takes over what exists in its place.
        case inPlace
        /// Takes over what the engine knows by this id.
        case importing(String)
    }
    package struct Suspension: Hashable, Sendable {
        package var reason: String
        /// Seconds since 1970; nil until a person resumes it.
        package var until: Int?
        package init(reason: String, until: Int?) { (self.reason, self.until) = (reason, until) }
    }
    package var onDrift = OnDrift.correct
    /// JSON pointers into the engine's fields; no difference under them counts.
    package var ignore: [String] = []
    package var onRemove = OnRemove.delete
    package var adopt = Adoption.no
    package var movedFrom: ResourceID?
    package var suspend: Suspension?

    package init() {}
}

/// What a source may, from the controller's configuration alone: whoever can merge to it gains nothing beyond.
package struct Grants: Hashable, Sendable, Codable {
    /// Projects that it may declare resources in.
    package var projects: Set<String>
    /// Projects that it may refer to, beside its own.
    package var references: Set<String> = []
    /// Names of engines; nil for the embedded ones.
    package var engines: Set<String>?
    /// Path patterns of secrets: `*` stands for one part, `**` at the end for the rest.
    package var secrets: [String] = []
    /// Absolute folders that it may make files under.
    package var roots: [String] = []
    /// Users that may own its files, and groups as `:group`; the controller's own when empty.
    package var owners: Set<String> = []
    /// Users that its jobs may run as.
    package var users: Set<String> = []
    package var ports: [ClosedRange<Int>] = []
    /// Whether `adopt` and `movedFrom` are heeded.
    package var mayAdopt = false

    package init(projects: Set<String>) { self.projects = projects }
}
