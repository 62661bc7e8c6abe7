/// Names one resource: `kind/project/name`, or `kind/project/name[key]` where one manifest makes several.
package struct ResourceID: Hashable, Sendable {
    /// Shared by all copies, its hash counted once: a large source holds each id many times over.
    private let parts: Parts

    private final class Parts: Sendable {
        let kind: String
        let project: String
        let name: String
        let key: String?
        let hash: Int

        init(_ kind: String, _ project: String, _ name: String, _ key: String?) {
            (self.kind, self.project, self.name, self.key) = (kind, project, name, key)
            // There are few kinds, so they need not be hashed.
            var hasher = Hasher()
            hasher.combine(name)
            hasher.combine(project)
            if let key { hasher.combine(key) }
            hash = hasher.finalize()
        }
    }

    package init(_ kind: String, _ project: String, _ name: String, key: String? = nil) {
        parts = Parts(kind, project, name, key)
    }

    /// Lower case, as in references: `infrastructure`, `secret`, `service`, `job`.
    package var kind: String { parts.kind }
    package var project: String { parts.project }
    package var name: String { parts.name }
    /// The `forEach` key, or the engine's name where several engines run one manifest.
    package var key: String? {
        get { parts.key }
        set { self = ResourceID(kind, project, name, key: newValue) }
    }

    package static func == (left: ResourceID, right: ResourceID) -> Bool {
        let (one, other) = (left.parts, right.parts)
        return one === other
            || one.hash == other.hash && one.name == other.name && one.project == other.project
                && one.kind == other.kind && one.key == other.key
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(parts.hash) }

    /// Reads `kind/project/name`, or `kind/name` of the given project; nil when it is neither.
    package init?(_ text: some StringProtocol, project: String? = nil) {
        // By bytes: a large source holds many of them, and a key may begin with a mark that would make one character
        // with the bracket.
        var rest = String(text).utf8[...]
        var key: String?
        if rest.last == UInt8(ascii: "]"), let bracket = rest.firstIndex(of: UInt8(ascii: "[")) {
            key = String(Substring(rest[rest.index(after: bracket)..<rest.index(before: rest.endIndex)]))
            rest = rest[..<bracket]
        }
        let parts = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard !parts.contains("") else { return nil }
        switch (parts.count, project) {
        case (3, _): self.init(parts[0], parts[1], parts[2], key: key)
        case (2, let project?): self.init(parts[0], project, parts[1], key: key)
        default: return nil
        }
    }

    /// `kind/name`, or the whole where the project is not the reader's own.
    package func description(in project: String) -> String {
        project == self.project ? "\(kind)/\(name)\(suffix)" : description
    }

    private var suffix: String { key.map { "[\($0)]" } ?? "" }
}

extension ResourceID: CustomStringConvertible {
    package var description: String { "\(kind)/\(project)/\(name)\(suffix)" }
}

extension ResourceID: Comparable {
    package static func < (left: ResourceID, right: ResourceID) -> Bool {
        (left.kind, left.project, left.name, left.key ?? "")
            < (right.kind, right.project, right.name, right.key ?? "")
    }
}

extension ResourceID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ResourceID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no resource id")
        }
        self = id
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
