/// What apply is asked for. A replace is two steps, in the order that the loop decides.
package struct Step: Hashable, Sendable {
    package enum Verb: String, Sendable { case create, update, delete }
    /// Unique for ever, and journaled before the step: an idempotency key, and a mark to find the result by.
    package var intent: Int
    package var id: ResourceID
    package var engine: String
    package var type: String?
    package var verb: Verb
    package var desired: Value?
    package var observation: Observation
    /// What the change's plan gave.
    package var payload: [UInt8]
    /// The step takes over what exists and is not ours.
    package var adopts: Bool
    package var grants: Grants
    /// What create first, delete later leaves behind.
    package var deposes: Observation?
    /// What will be recorded of the manifest; nil for a delete.
    package var manifest: Manifest?
    /// Drift that the step leaves as it is.
    package var keeps: [Kept] = []

    /// A field that keeps its observed value while the record goes on saying what was asked for and what was there
    /// before, so that it goes on being drift.
    package struct Kept: Hashable, Sendable {
        package var path: FieldPath
        package var asked: Value
        package var base: Value
        package init(path: FieldPath, asked: Value, base: Value) {
            (self.path, self.asked, self.base) = (path, asked, base)
        }
    }

    package init(
        intent: Int, id: ResourceID, engine: String, type: String?, verb: Verb, desired: Value?,
        over observation: Observation, payload: [UInt8], adopts: Bool = false, grants: Grants,
        deposes: Observation? = nil, manifest: Manifest?
    ) {
        (self.intent, self.id, self.engine, self.type, self.verb) = (intent, id, engine, type, verb)
        (self.desired, self.observation, self.payload) = (desired, observation, payload)
        (self.adopts, self.grants, self.deposes, self.manifest) = (adopts, grants, deposes, manifest)
    }
}

/// What became of a step.
package enum Outcome: Sendable {
    case done(Observation)
    /// It failed, and made something all the same, which must be recorded (a provider's tainted create).
    case partly(Observation, EngineError)
    /// Nothing was made.
    case failed(EngineError)
    /// Whether it happened is not known.
    case unanswered(EngineError)
}
