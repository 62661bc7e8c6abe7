/// What a delivery says of a pull or merge request. The number alone is used, to ask the forge about it: who wrote it, what it
/// would merge into what, and whether it is open are never taken from here.
struct HookRequest: Sendable, Hashable {
    enum Event: String, Sendable, Hashable, CaseIterable {
        case opened, reopened
        /// Its head is another commit.
        case pushed
        /// Its base, its title, or whether it is a draft.
        case edited
        /// Merged or not.
        case closed
        /// Somebody has written something beside it, or taken it away.
        case commented, uncommented
    }
    static let numbers = 1...1_000_000_000
    var event: Event
    var number: Int

    /// Nil where no forge counts so far.
    init?(_ event: Event, _ number: Int?) {
        guard let number, Self.numbers.contains(number) else { return nil }
        (self.event, self.number) = (event, number)
    }
}

/// How each forge tells of a request. Nil where it is none, or nothing that a preview depends on.
extension HookBody {
    private struct Marker: Decodable {}
    private struct ForgeEvent: Decodable {
        struct Issue: Decodable {
            @IfThere var number: Int?
            @IfThere var request: Marker?
            enum CodingKeys: String, CodingKey {
                case number
                case request = "pull_request"
            }
        }
        @IfThere var action: String?
        @IfThere var number: Int?
        @IfThere var issue: Issue?
        /// Gitea says it so of a comment.
        @IfThere var isPull: Bool?
        enum CodingKeys: String, CodingKey {
            case action, number, issue
            case isPull = "is_pull"
        }
    }

    func forgeRequest(_ name: String?) -> HookMessage.Meaning? {
        guard let body = decode(ForgeEvent.self), let action = body.action else { return nil }
        if name == "issue_comment" {
            guard body.isPull == true || body.issue?.request != nil else { return nil }
            let events: [String: HookRequest.Event] = ["created": .commented, "deleted": .uncommented]
            return events[action].flatMap { HookRequest($0, body.issue?.number) }.map { .request($0) }
        }
        let event: HookRequest.Event? =
            switch action {
            case "opened": .opened
            case "reopened": .reopened
            case "synchronize", "synchronized": .pushed
            case "edited", "ready_for_review", "converted_to_draft": .edited
            case "closed": .closed
            default: nil
            }
        return event.flatMap { HookRequest($0, body.number) }.map { .request($0) }
    }

    private struct LabEvent: Decodable {
        struct Attributes: Decodable {
            @IfThere var iid: Int?
            @IfThere var action: String?
            @IfThere var oldrev: String?
            @IfThere var on: String?
            enum CodingKeys: String, CodingKey {
                case iid, action, oldrev
                case on = "noteable_type"
            }
        }
        struct Request: Decodable { @IfThere var iid: Int? }
        @IfThere var kind: String?
        @IfThere var attributes: Attributes?
        @IfThere var request: Request?
        enum CodingKeys: String, CodingKey {
            case kind = "object_kind"
            case attributes = "object_attributes"
            case request = "merge_request"
        }
    }

    func gitlabRequest() -> HookMessage.Meaning? {
        guard let body = decode(LabEvent.self), let attributes = body.attributes else { return nil }
        switch body.kind {
        case "note":
            // Older ones name no action, and tell of new notes alone.
            guard attributes.on == "MergeRequest", attributes.action ?? "create" == "create" else {
                return nil
            }
            return HookRequest(.commented, body.request?.iid).map { .request($0) }
        case "merge_request":
            let event: HookRequest.Event? =
                switch attributes.action {
                case "open": .opened
                case "reopen": .reopened
                case "update": attributes.oldrev == nil ? .edited : .pushed
                case "close", "merge": .closed
                default: nil
                }
            return event.flatMap { HookRequest($0, attributes.iid) }.map { .request($0) }
        default: return nil
        }
    }

    private struct BucketEvent: Decodable {
        struct Request: Decodable { @IfThere var id: Int? }
        @IfThere var pullrequest: Request?
    }

    func bitbucketRequest(_ name: String) -> HookMessage.Meaning? {
        let event: HookRequest.Event? =
            switch name {
            case "pullrequest:created": .opened
            // A push and an edit are told alike.
            case "pullrequest:updated": .pushed
            case "pullrequest:fulfilled", "pullrequest:rejected": .closed
            case "pullrequest:comment_created": .commented
            case "pullrequest:comment_deleted": .uncommented
            default: nil
            }
        return event.flatMap { HookRequest($0, decode(BucketEvent.self)?.pullrequest?.id) }.map {
            .request($0)
        }
    }
}
