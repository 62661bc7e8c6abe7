import Model

/// Names one secret of a store: `shop/db`. Parts of `A-Z a-z 0-9 . _ -`, none of them `.` or `..`.
package struct SecretPath: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// In characters, so that a file can be named for it.
    package static let longest = 200

    package init(_ text: some StringProtocol) throws(SealedError) {
        let text = String(text)
        func refused(_ cause: String) -> SealedError {
            SealedError(
                .refused, "secret path '\(text.prefix(Self.longest).description.escapedForDisplay)' \(cause)",
                hint: "a path is like shop/db: parts of A-Z a-z 0-9 . _ - joined by /")
        }
        guard text.utf8.count <= Self.longest else { throw refused("is longer than \(Self.longest) bytes") }
        for part in text.split(separator: "/" as Character, omittingEmptySubsequences: false) {
            if part.isEmpty { throw refused(text.isEmpty ? "is empty" : "has an empty part") }
            if part == "." || part == ".." { throw refused("has the part '\(part)'") }
            if let other = part.first(where: { !$0.isNamePart }) {
                throw refused("holds '\(String(other).escapedForDisplay)'")
            }
        }
        description = text
    }

    var parts: [Substring] { description.split(separator: "/") }

    /// Whether a pattern of `Grants.secrets` names this path.
    package func isCovered(by pattern: String) -> Bool {
        let parts = parts
        let wanted = pattern.split(separator: "/" as Character, omittingEmptySubsequences: false)
        for (position, want) in wanted.enumerated() {
            if want == "**", position == wanted.count - 1 { return parts.count > position }
            guard position < parts.count, want == "*" || want == parts[position] else { return false }
        }
        return parts.count == wanted.count
    }
}

extension SecretPath: Comparable {
    package static func < (left: SecretPath, right: SecretPath) -> Bool {
        left.description < right.description
    }
}

/// A secret's file is named for its path: all files stand in one folder, which is watched as a whole.
extension SecretPath {
    static let suffix = ".sealed"

    var fileName: String { description.replacing("/", with: "+") + Self.suffix }

    /// Nil for what is no secret's file.
    init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix) else { return nil }
        do throws(SealedError) {
            try self.init(fileName.dropLast(Self.suffix.count).replacing("+", with: "/"))
        } catch { return nil }
    }
}

extension Character {
    fileprivate var isNamePart: Bool {
        isASCII && (isLetter || isNumber || self == "." || self == "_" || self == "-")
    }
}

/// The rule for a key's name inside a secret.
enum SecretKey {
    static let longest = 128

    static func check(_ name: String) throws(SealedError) {
        if !name.isEmpty, name.utf8.count <= longest, name.allSatisfy(\.isNamePart) { return }
        throw SealedError(
            .refused, "key '\(name.prefix(longest).description.escapedForDisplay)' is no name",
            hint: "a key is made of A-Z a-z 0-9 . _ - and is at most \(longest) long")
    }
}
