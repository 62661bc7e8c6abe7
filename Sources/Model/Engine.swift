/// Makes a layer's resources real. It keeps nothing of its own about what it manages: what must last goes into
/// `Observation.state`, which the loop records before anything else happens.
package protocol Engine: Sendable {
    /// What exists of what is desired or recorded. Each answer stands alone; a target without one is held, never deleted.
    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>]
    /// What applying would do; nil when nothing. Reads at most. Field by field, three ways, by default.
    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    /// Carries out one step and returns once the engine has taken it; health is then observed. Doing a step twice
    /// is the same as once, but for a create whose answer was lost: see `Target.unanswered`.
    func apply(_ step: Step, secrets: SecretSource) async -> Outcome
    /// What to observe again; `resync` when something may have been missed. One stream at a time.
    func events() -> AsyncStream<Event>
    /// Whom previews ask; the engine itself where it does not say.
    var forPreviews: PreviewAccess { get }
}

extension Engine {
    package func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    { Change.byField(target, over: observation) }
    package func events() -> AsyncStream<Event> { AsyncStream { $0.finish() } }
}

/// An engine with secret outputs.
package protocol SecretEngine: Engine {
    /// The value at the last moment. A lease's name is ours, and journaled before it is asked for.
    func read(_ handle: SecretHandle, of observation: Observation, lease: Lease?)
        async throws(EngineError) -> SecretValue
    /// A lease that does not exist is ended already.
    func revoke(_ lease: Lease) async throws(EngineError)
}

extension SecretEngine { package func revoke(_ lease: Lease) async throws(EngineError) {} }

/// `resync`: the engine may have missed something, so observe all that it has.
package enum Event: Sendable, Hashable {
    case changed(Set<ResourceID>)
    case resync
}

/// One resource, as an engine is asked about it.
package struct Target: Sendable {
    package var id: ResourceID
    /// What git says, references resolved; nil when it should not exist.
    package var desired: Value?
    /// What the engine shall make, where a kind has several: the desired one, else the recorded one.
    package var type: String?
    package var recorded: Recorded?
    /// The manifest is the one recorded: whatever differs comes from others' outputs, or from drift.
    package var followsOnly = false
    /// What git says, with its references: see `Manifest.counted`. Nil where nobody knows.
    package var manifest: Expression?
    /// A step whose answer was lost: look for what it made. `Observation.intent` says whether it did.
    package var unanswered: Step?
    /// Whoever has the place that is asked for wants this one's, or that of somebody who does: what stands is to be
    /// taken away first.
    package var yields = false
    /// A person asks for a new one in its place, whatever differs. An engine that plans no replacement by itself may
    /// leave that to the loop.
    package var isReplaced = false
    /// Its manifest says that it had another name before: of another type, it is the same object all the same.
    package var isMoved = false
    /// Something that it names in `dependsOn` is not as it is to be yet: what only reads does so afterwards.
    package var isEarly = false
    /// Who refers to it is made anew before the old one goes, so that it must be too: it can't go while it is used.
    package var createsFirst = false
    /// Take over what exists, though it is not ours.
    package var adoption = ReconcileOptions.Adoption.no
    /// What the source that owns the resource may.
    package var grants: Grants

    package init(
        _ id: ResourceID, desired: Value?, type: String? = nil, recorded: Recorded?, grants: Grants,
        unanswered: Step? = nil
    ) {
        (self.id, self.desired, self.type, self.recorded) = (id, desired, type, recorded)
        (self.grants, self.unanswered) = (grants, unanswered)
    }
}

/// Why an engine did not do what it was asked for.
package struct EngineError: Error, Sendable, Hashable {
    package enum Recovery: Sendable, Hashable {
        /// Trying again may help; the loop adds its own backoff.
        case retry
        /// Trying again helps only after the manifest, the configuration or the world has changed.
        case waitForChange
    }
    package var recovery: Recovery
    /// Lower case, no full stop, no secret.
    package var message: String
    package var hint: String?
    /// Who has the place that is asked for, where that is another resource, so that it may be free before long.
    package var occupant: ResourceID?
    /// Of the spec, where it is this field that is wrong.
    package var field: FieldPath?

    package init(_ recovery: Recovery, _ message: String, hint: String? = nil) {
        (self.recovery, self.message, self.hint) = (recovery, message, hint)
    }
}

extension EngineError: CustomStringConvertible {
    package var description: String { message }
}
