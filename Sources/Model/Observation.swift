/// What exists now.
package struct Observation: Hashable, Sendable {
    package enum Presence: String, Sendable {
        case absent
        case ours
        /// Something stands there that Martlet did not make. Its fields stay empty: they are nobody's business.
        case foreign
    }
    package enum Health: Hashable, Sendable {
        case ready
        case progressing(String)
        case failed(String)
    }
    package var presence: Presence
    package var health: Health
    /// What drift is measured on, in the form of the spec: no counters, no times, no secret's value.
    package var fields: Value
    /// What other resources may refer to.
    package var outputs: Value
    /// The engine's own, given back with the record. Canonical: equal bytes for equal state. Sealed at rest.
    package var state: [UInt8]
    /// The step that made what exists, where the engine can mark it. Whoever reads leased secrets must.
    package var intent: Int?
    /// What to say of something that is ready and still deserves a word, such as a secret that is too old.
    package var warning: String?

    package init(
        _ presence: Presence, _ health: Health = .ready, fields: Value = .map([:]),
        outputs: Value = .map([:]),
        state: [UInt8] = [], intent: Int? = nil, warning: String? = nil
    ) {
        (self.presence, self.health, self.fields, self.outputs) = (presence, health, fields, outputs)
        (self.state, self.intent, self.warning) = (state, intent, warning)
    }
    package static let absent = Observation(.absent)
}

/// What Martlet last applied, and what it looked like then: the base that drift is measured from.
package struct Recorded: Hashable, Sendable {
    /// The source that owns it: prune acts within it.
    package var source: String
    package var layer: Layer
    package var engine: String
    package var type: String?
    /// The manifest's spec, its references unresolved: see `Manifest.counted`.
    package var manifest: Expression
    /// All of it resolved, as it was applied.
    package var spec: Value
    package var dependencies: Set<ResourceID>
    package var observation: Observation
    /// Replaced, and not yet deleted.
    package var deposed: [Observation] = []
    /// The step that made it; leases of other steps are not its own.
    package var intent: Int
    package var onRemove: ReconcileOptions.OnRemove
    /// When drift was found that still stands, in milliseconds since 1970; it was told then.
    package var driftedSince: Int?

    package init(
        source: String, layer: Layer, engine: String, type: String?, manifest: Expression, spec: Value,
        dependencies: Set<ResourceID>, observation: Observation, deposed: [Observation] = [], intent: Int,
        onRemove: ReconcileOptions.OnRemove
    ) {
        (self.source, self.layer, self.engine, self.type) = (source, layer, engine, type)
        (self.manifest, self.spec, self.dependencies) = (manifest, spec, dependencies)
        (self.observation, self.deposed, self.intent) = (observation, deposed, intent)
        self.onRemove = onRemove
    }
}
