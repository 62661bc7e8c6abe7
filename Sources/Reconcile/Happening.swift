package import Model
package import Store

/// What a pass has to tell: kept as history, and announced to whoever wants to know.
package enum Happening: Sendable {
    case commit(String, SourceRecord, CommitState)
    case forced(String, Revision)
    /// The configuration has the source from somewhere else than before.
    case relocated(String, from: String, to: String)
    case refused(String, Revision, [Diagnostic])
    case moved(from: ResourceID, to: ResourceID)
    /// Differs from the record, through nobody's commit.
    case drifted(ResourceID, Change, Restraint?)
    /// A step has ended; the change is what it was to do, as far as that is known after a crash.
    case ended(Step, source: String, Change?, Ending)
    case adopted(ResourceID)
    /// A suspension is over, of a resource or of the whole source: its time has come, or a person has ended it.
    case resumed(ResourceID?, source: String, reason: String, by: String?)
    case forgotten(ResourceID, source: String)
    case held(ResourceID, EngineError, retryAt: Int?)
    case uncertain(ResourceID, EngineError)
    case waiting(source: String, Blocker)
    case approved(PlanApproval)
    /// What a request was shown to change is in force: as it was shown, with a word for it or without.
    case merged(ShownPreview, PlanApproval?)
    /// A person's word lets the plan go that waited for it.
    case released(source: String, digest: String, by: String)
    /// A person has asked the engine for something that no manifest says.
    case asked(ResourceID, HistoryEvent.Kind, by: String)

    package enum Ending: Sendable {
        case done
        case failed(EngineError)
    }
}

/// How what happens becomes history and outgoing messages; reports know how to say it.
package struct Announcer: Sendable {
    /// Called with all that one pass has to tell, and where that is nothing too: something may be over.
    package var messages:
        @Sendable (_ happenings: [Happening], _ picture: Picture, _ now: Int) -> [OutboxMessage]
    package var history:
        @Sendable (_ happenings: [Happening], _ picture: Picture, _ now: Int) -> [HistoryEvent]
    /// Called once the journal has them.
    package var recorded: @Sendable ([Happening]) -> Void = { _ in }

    package init(
        messages:
            @escaping @Sendable (_ happenings: [Happening], _ picture: Picture, _ now: Int) -> [OutboxMessage],
        history:
            @escaping @Sendable (_ happenings: [Happening], _ picture: Picture, _ now: Int) -> [HistoryEvent]
    ) {
        (self.messages, self.history) = (messages, history)
    }
    /// The same, which also tells `body` of each pass's happenings, once they are recorded.
    package func telling(_ body: @escaping @Sendable ([Happening]) -> Void) -> Announcer {
        var announcer = self
        announcer.recorded = { [recorded] happenings in
            recorded(happenings)
            body(happenings)
        }
        return announcer
    }
    package static let silent = Announcer(messages: { _, _, _ in [] }, history: { _, _, _ in [] })
}
