/// Names one resource: `kind/project/name`, or `kind/project/name[key]` where one manifest makes several.
package struct ResourceID: Hashable, Sendable {
    /// Lower case, as in references: `infrastructure`, `secret`, `service`, `job`.
    package var kind: String
    package var project: String
    package var name: String
    /// The `forEach` key, or the engine's name where several engines run one manifest.
    package var key: String?

    package init(_ kind: String, _ project: String, _ name: String, key: String? = nil) {
        (self.kind, self.project, self.name, self.key) = (kind, project, name, key)
    }

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

    /// There are few kinds, so they need not be hashed; ids are hashed more than anything else.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(project)
        if let key { hasher.combine(key) }
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
