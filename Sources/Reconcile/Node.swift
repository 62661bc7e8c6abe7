package import Model

/// One resource, as the loop knows it.
package struct Node: Sendable {
    @Boxed package internal(set) var manifest: Manifest? = nil
    @Boxed package internal(set) var record: Recorded? = nil
    @Boxed package internal(set) var seen: Observation? = nil
    /// When that was, in milliseconds since 1970.
    package internal(set) var seenAt = 0
    @Boxed package internal(set) var pending: Pending? = nil
    @Boxed package internal(set) var held: Held? = nil
    /// Given to the engine; its answer is not here yet, or was lost.
    @Boxed package internal(set) var unanswered: Step? = nil
    package internal(set) var isInFlight = false
    /// By its manifest or a person, when it was last planned.
    var isSuspended = false
    /// Its outputs as dependants last saw them.
    var outputs = Value.unknown
    /// Whoever refers to it in git, and whoever was applied while referring to it.
    package internal(set) var dependants: Set<ResourceID> = []
    package internal(set) var users: Set<ResourceID> = []
    /// Greater than that of all it refers to.
    var rank = 0
    /// Failures in a row.
    var attempts = 0
    /// Among the picture's candidates.
    var isCandidate = false
    /// What its source's tally holds of it.
    var counted: Counted?

    struct Counted: Sendable, Equatable {
        var source: String
        var layer: Layer
        var state: ResourceState
    }

    /// What was made by one engine is taken away by it, also where git names another by now.
    package var engine: String? { record?.engine ?? manifest?.engine ?? unanswered?.engine }
    /// As of the last pass; nil for what nothing is asked or known of.
    package var state: ResourceState? { counted?.state }
    package var layer: Layer? { manifest?.layer ?? record?.layer ?? unanswered?.manifest?.layer }
    /// When drift was found that still stands, in milliseconds since 1970.
    package var driftedSince: Int? { record?.driftedSince }
    package var source: String? { manifest?.source ?? record?.source ?? unanswered?.manifest?.source }
    /// Nothing is known or asked of it.
    var isVacant: Bool {
        manifest == nil && record == nil && unanswered == nil && dependants.isEmpty && users.isEmpty
    }
}

/// A change that waits for its turn.
package struct Pending: Sendable {
    /// What git asks for, references resolved; nil for a delete.
    package var asked: Value?
    /// What the step makes of it: the same, except where drift is kept.
    var desired: Value?
    var seen: Observation
    package var change: Change
    /// The next step towards the change: itself, or the first of the two that a replace is.
    package var verb: Step.Verb
    var over: Observation
    var payload: [UInt8]
    /// Deletes what was replaced; the resource itself is as desired.
    package var isDeposed = false
    /// What an earlier replacement left, where that is what is asked for: it is taken back, and no step is needed.
    var returnsTo: Observation?
    /// Nothing is to be done to make it so, but others get something else by it: it is taken as it is, without a step.
    var isTaken = false
    /// Others who want each other's places, the one whose place this one is to have first: each gives up its own before
    /// any is made anew.
    var swap: [ResourceID] = []
    /// Why it is only reported.
    package var restraint: Restraint?
    /// Drift that stays while the rest of the change is applied.
    package var kept: [FieldChange] = []
}

/// Why a change is shown and not applied.
package enum Restraint: Hashable, Sendable {
    case warnOnly
    /// Not even reported as drift.
    case ignored
    case suspended(reason: String, until: Int?)
}

/// Why nothing is done about a resource, and what it looked like when that was found.
package struct Held: Sendable {
    package var error: EngineError
    /// What was asked for then: something else is tried at once.
    var spec: Value?
    var seen: Observation?
    /// Its engine did not say what exists.
    package var isBlind = false
    /// When it is tried again by itself, in milliseconds since 1970.
    package var retryAt: Int?
    package var since: Int
}

/// Where a resource stands, in one word.
package enum ResourceState: String, Sendable, Hashable, CaseIterable {
    case ready
    /// A step is being carried out, or its health has not settled.
    case progressing
    /// A change waits for another resource, a person, or its turn.
    case waiting
    /// It could not be made, or what was made is unhealthy.
    case failed
    /// It differs from git, and is left so.
    case drifted
    case suspended
    /// Whether its last step happened is not known.
    case uncertain
    /// Not looked at yet.
    case unknown

    /// Whether a commit counts as converged with it.
    var isSettled: Bool { self == .ready || self == .drifted || self == .suspended }
}
