package import Model

/// What a crash must not lose. Everything that the loop remembers is a fold over these.
package enum Entry: Sendable, Hashable {
    case intent(Step)
    /// The step ended, and the resource is now recorded so (nil when it is gone). `closes` is nil when planning
    /// found that all is well already.
    case outcome(ResourceID, closes: Int?, Recorded?)
    case lease(Lease)
    case revoked(Lease)
    /// Something that a person said; it replaces what was said before of that kind on that subject.
    case decision(Decision)
    case withdrawn(Decision.Kind, subject: String)
    /// Where a source stands; it replaces the earlier record of that name.
    case source(SourceRecord)
    case sourceRemoved(String)
    /// A resource's id changes: its record, its leases and the decisions on it go along. A step that is still
    /// unanswered stays with the id that it was asked under.
    case moved(from: ResourceID, to: ResourceID)
    case review(ReviewEntry)
}

/// What becomes of reviews.
package enum ReviewEntry: Sendable, Hashable {
    /// It takes the place of what was shown before of that request and source.
    case shown(ShownPreview)
    /// Its change of a resource was carried out.
    case spent(source: String, request: String, ResourceID)
    case ended(source: String, request: String)
    case approved(PlanApproval)
}
