package import Model

/// A value as people read it: safe for every sink, never a secret.
package struct DisplayValue: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// One line, as a manifest would write it.
        case plain
        /// A text of more than one line, as it is.
        case lines
        /// Known only after another resource is applied.
        case unknown
        /// A secret; `text` is its version.
        case secret
        /// Exists and is not shown.
        case hidden
    }
    package var kind: Kind
    package var text: String

    package init(_ kind: Kind, _ text: String = "") { (self.kind, self.text) = (kind, text) }

    /// Nil where there is nothing.
    package init?(of value: Value) {
        switch value {
        case .null: return nil
        case .unknown: self.init(.unknown)
        case .hidden: self.init(.hidden)
        case .secret(let handle): self.init(.secret, handle.version.safeForDisplay)
        case .string, .text:
            let lines = value.unquotedLines
            self =
                lines.count > 1
                ? DisplayValue(.lines, lines.joined(separator: "\n"))
                : DisplayValue(.plain, value.description.safeForDisplay)
        default: self.init(.plain, value.description.safeForDisplay)
        }
    }
    /// A text as lines even where it has only one, so that it can be compared with one that has more.
    init?(lines value: Value) {
        switch value {
        case .string, .text: self.init(.lines, value.unquotedLines.joined(separator: "\n"))
        default: self.init(of: value)
        }
    }
    /// On one line, however many it has; escaped before anybody measures or shortens it.
    var inline: String {
        switch kind {
        case .plain: text.safeForDisplay
        case .lines: counted(lines.count, "line")
        case .unknown: "(known after apply)"
        case .secret: "(secret, version \(text.safeForDisplay))"
        case .hidden: "(sensitive value)"
        }
    }
    /// Without the empty one after a last newline.
    var lines: [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.count > 1 && lines.last == "" { lines.removeLast() }
        return lines
    }
    var endsWithNewline: Bool { text.hasSuffix("\n") }
}

extension Value {
    fileprivate var unquotedLines: [String] {
        let text =
            switch self {
            case .string(let text): text
            case .text(let parts): parts.map(\.unescaped).joined()
            default: description
            }
        return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).safeForDisplay }
    }
}

extension TextPart {
    fileprivate var unescaped: String { if case .literal(let text) = self { text } else { description } }
}
