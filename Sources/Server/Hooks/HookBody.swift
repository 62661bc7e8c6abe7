import Foundation
import HTTPTypes

/// The body of a delivery, as far as it can be read. No bytes make it fail: fields that are missing, or of another type,
/// are not there.
struct HookBody: Sendable {
    /// Brackets within brackets: no sender needs as many, and a parser that calls itself survives them.
    static let deepest = 64
    /// Changes of one delivery that are looked at.
    static let mostChanges = 1000

    private let json: Data?

    /// - Parameter body: JSON, or a form whose field `payload` holds it, as GitHub sends where it is told to.
    init(_ headers: HTTPFields, _ body: [UInt8]) {
        let type = headers.value("content-type")?.lowercased() ?? ""
        if type.hasPrefix("application/x-www-form-urlencoded") {
            let form = String(validating: body, as: UTF8.self)?.queryItems
            json = form?["payload"].flatMap { Self.checked(Array($0.utf8)) }
        } else {
            json = Self.checked(body)
        }
    }

    private static func checked(_ bytes: [UInt8]) -> Data? { bytes.isShallow(deepest) ? Data(bytes) : nil }

    /// Nil where it is no JSON, or not of the shape.
    func decode<Shape: Decodable>(_ shape: Shape.Type) -> Shape? {
        json.flatMap { try? JSONDecoder().decode(shape, from: $0) }
    }
}

extension [UInt8] {
    /// Whether brackets outside of texts never stand within so many others.
    fileprivate func isShallow(_ limit: Int) -> Bool {
        var (depth, isText, isEscaped) = (0, false, false)
        for byte in self {
            if isEscaped {
                isEscaped = false
            } else if isText {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
                default: break
                }
                if depth > limit { return false }
            }
        }
        return true
    }
}

/// A value that is nil where it is missing or of another type, whatever stands there.
@propertyWrapper
struct IfThere<Value: Decodable & Sendable>: Decodable, Sendable {
    var wrappedValue: Value?
    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
    init(from decoder: any Decoder) throws { wrappedValue = try? Value(from: decoder) }
}

extension KeyedDecodingContainer {
    func decode<Value>(_ type: IfThere<Value>.Type, forKey key: Key) throws -> IfThere<Value> {
        try decodeIfPresent(type, forKey: key) ?? IfThere(wrappedValue: nil)
    }
}

/// How each sender tells of a push.
extension HookBody {
    fileprivate struct Push: Decodable {
        @IfThere var ref: String?
        @IfThere var after: String?
        @IfThere var deleted: Bool?
        @IfThere var kind: String?
        @IfThere var event: String?
        enum CodingKeys: String, CodingKey {
            case ref, after, deleted
            case kind = "ref_type"
            case event = "event_name"
        }
    }

    func forgeMeaning(_ event: String?) -> HookMessage.Meaning {
        switch event {
        case "ping": return .ping
        case nil, "push": return .push(decode(Push.self)?.references ?? [])
        // A new branch or tag; Gitea tells of some tags by this alone.
        case "create": return .push(decode(Push.self)?.created ?? [])
        case "pull_request", "issue_comment": return forgeRequest(event) ?? .other(event ?? "")
        case let event?: return .other(event)
        }
    }

    func gitlabMeaning(_ event: String?) -> HookMessage.Meaning {
        let push = decode(Push.self)
        switch event {
        case "Ping Hook": return .ping
        case nil, "Push Hook", "Tag Push Hook": return .push(push?.references ?? [])
        case "Merge Request Hook", "Note Hook": return gitlabRequest() ?? .other(event ?? "")
        case "System Hook":
            if let request = gitlabRequest() { return request }
            guard let name = push?.event, !["push", "tag_push", "repository_update"].contains(name) else {
                return .push(push?.references ?? [])
            }
            return .other(name)
        case let event?: return .other(event)
        }
    }

    fileprivate struct Changes: Decodable {
        struct Named: Decodable {
            @IfThere var type: String?
            @IfThere var name: String?
            @IfThere var id: String?
        }
        struct Change: Decodable {
            @IfThere var new: Named?
            @IfThere var old: Named?
            @IfThere var ref: Named?
            @IfThere var toHash: String?
        }
        struct Pushed: Decodable { @IfThere var changes: [Change]? }
        @IfThere var push: Pushed?
        @IfThere var changes: [Change]?
    }

    /// Of the cloud, and of a server of one's own.
    func bitbucketMeaning(_ event: String?) -> HookMessage.Meaning {
        switch event {
        case "diagnostics:ping": return .ping
        case nil, "repo:push", "repo:refs_changed", "mirror:repo_synchronized":
            let body = decode(Changes.self)
            let changes = body?.push?.changes ?? body?.changes ?? []
            guard changes.count <= Self.mostChanges else { return .push([]) }
            let references = changes.map(\.reference)
            return .push(references.contains(nil) ? [] : references.compactMap(\.self))
        case let event?: return bitbucketRequest(event) ?? .other(event)
        }
    }

    fileprivate struct Plain: Decodable {
        @IfThere var type: String?
        @IfThere var event: String?
        @IfThere var data: Push?
        @IfThere var ref: String?
        @IfThere var after: String?
    }

    /// `{"ref": …, "after": …}`, or the same under `data`; `type` or `event` may be `ping`.
    func plainMeaning() -> HookMessage.Meaning {
        guard let body = decode(Plain.self) else { return .push([]) }
        if body.type == "ping" || body.event == "ping" { return .ping }
        let references = HookMessage.Reference(body.ref, after: body.after).map { [$0] }
        return .push(references ?? body.data?.references ?? [])
    }

    fileprivate struct CloudEvent: Decodable {
        @IfThere var id: String?
        @IfThere var source: String?
        @IfThere var type: String?
        @IfThere var data: Push?
        var name: String? { id.flatMap { id in source.map { "\($0) \(id)" } } }
        var isPing: Bool { type == "ping" || type?.hasSuffix(".ping") ?? false }
    }

    /// Attributes in headers, one event, or a list of them. An event is told from others by its source and its id.
    func cloudEvents(_ headers: HTTPFields) -> HookMessage {
        let type = headers.value("content-type")?.lowercased() ?? ""
        let events: [CloudEvent]
        if type.hasPrefix("application/cloudevents-batch") {
            events = decode([CloudEvent].self) ?? []
        } else if type.hasPrefix("application/cloudevents") {
            events = decode(CloudEvent.self).map { [$0] } ?? []
        } else {
            events = [
                CloudEvent(
                    id: headers.value("ce-id"), source: headers.value("ce-source"),
                    type: headers.value("ce-type"), data: decode(Push.self))
            ]
        }
        let ids = events.compactMap(\.name)
        if !events.isEmpty, events.allSatisfy(\.isPing) { return HookMessage(meaning: .ping) }
        let references = events.filter { !$0.isPing }.map { $0.data?.references ?? [] }
        // An event that names no reference may be about any.
        let isVague = references.contains(where: \.isEmpty) || events.count > Self.mostChanges
        return HookMessage(
            meaning: .push(isVague ? [] : Array(references.joined())),
            ids: ids.count == events.count && ids.count <= Self.mostChanges ? ids : [])
    }
}

extension HookBody.Push {
    fileprivate var references: [HookMessage.Reference] {
        HookMessage.Reference(ref, after: after, isDeleted: deleted ?? false).map { [$0] } ?? []
    }
    /// Its name stands alone there.
    fileprivate var created: [HookMessage.Reference] {
        guard let ref else { return [] }
        return [
            HookMessage.Reference(
                name: kind == "tag" ? "refs/tags/\(ref)" : "refs/heads/\(ref)", isDeleted: false)
        ]
    }
}

extension HookBody.Changes.Change {
    /// Nil where it does not say which.
    fileprivate var reference: HookMessage.Reference? {
        if let id = ref?.id { return HookMessage.Reference(id, after: toHash) }
        guard let named = new ?? old, let name = named.name else { return nil }
        let folder = named.type == "tag" ? "refs/tags" : "refs/heads"
        return HookMessage.Reference(name: "\(folder)/\(name)", isDeleted: new == nil)
    }
}

extension HookMessage.Reference {
    /// A reference that points to the commit of zeros is gone.
    fileprivate init?(_ name: String?, after: String?, isDeleted: Bool = false) {
        guard let name, !name.isEmpty else { return nil }
        let isZero = after.map { !$0.isEmpty && $0.utf8.allSatisfy { $0 == UInt8(ascii: "0") } } ?? false
        self.init(name: name.hasPrefix("refs/") ? name : "refs/heads/\(name)", isDeleted: isDeleted || isZero)
    }
}
