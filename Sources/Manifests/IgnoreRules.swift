/// Which files of a source's folder are manifests, by path alone.
package struct IgnoreRules: Sendable {
    package static let fileName = ".martletignore"

    struct Rule: Sendable {
        var parts: [Substring]
        /// Takes back what an earlier rule ignored.
        var isNegated: Bool
        var isFolderOnly: Bool
    }
    private let rules: [Rule]

    /// The text of `.martletignore`, read as git reads `.gitignore`: a pattern with a `/` before its end is anchored to
    /// the folder, another matches at any depth; `*` and `?` stay within one part, `**` does not; `!` takes back; the
    /// last match counts.
    package init(_ text: String = "") {
        rules = text.split(whereSeparator: \.isNewline).compactMap { Rule($0) }
    }

    /// Every `.yaml`, `.yml` and `.json` file that no rule ignores and whose path has no part that begins with a dot.
    /// `path` is relative to the source's folder.
    package func isManifest(_ path: String) -> Bool {
        let parts = path.split(separator: "/" as Character)
        guard let name = parts.last, !parts.contains(where: { $0.hasPrefix(".") }) else { return false }
        guard [".yaml", ".yml", ".json"].contains(where: { name.hasSuffix($0) && name.count > $0.count })
        else {
            return false
        }
        return !ignores(parts[...])
    }

    /// A file in a folder that is ignored stays ignored, as in git.
    private func ignores(_ parts: ArraySlice<Substring>) -> Bool {
        if rules.isEmpty { return false }
        for end in parts.indices {
            let isFolder = end != parts.endIndex - 1
            let rule = rules.last { (isFolder || !$0.isFolderOnly) && $0.matches(parts[...end]) }
            if let rule, !rule.isNegated { return true }
        }
        return false
    }
}

extension IgnoreRules.Rule {
    init?(_ line: Substring) {
        var rest = line
        while rest.last == " " && !rest.hasSuffix("\\ ") { rest.removeLast() }
        guard !rest.isEmpty, !rest.hasPrefix("#") else { return nil }
        isNegated = rest.hasPrefix("!")
        if isNegated { rest.removeFirst() }
        isFolderOnly = rest.hasSuffix("/")
        if isFolderOnly { rest.removeLast() }
        let isAnchored = rest.contains("/" as Character)
        parts = rest.split(separator: "/" as Character)
        guard !parts.isEmpty else { return nil }
        if !isAnchored { parts.insert("**", at: 0) }
    }

    func matches(_ path: ArraySlice<Substring>) -> Bool { Self.matches(parts[...], path) }

    private static func matches(_ pattern: ArraySlice<Substring>, _ path: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == "**" {
            let rest = pattern.dropFirst()
            if rest.isEmpty { return !path.isEmpty }
            return path.indices.contains { matches(rest, path[$0...]) }
        }
        guard let name = path.first, Glob.matches(first, name) else { return false }
        return matches(pattern.dropFirst(), path.dropFirst())
    }
}

/// One part of a path against one part of a pattern.
enum Glob {
    /// Without recursion: a `*` that failed is tried one character longer, and only the last `*` ever is.
    static func matches(_ pattern: Substring, _ name: Substring) -> Bool {
        let (pattern, name) = (Array(pattern.unicodeScalars), Array(name.unicodeScalars))
        var (at, here) = (0, 0)
        var star: (at: Int, here: Int)?
        while here < name.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, here)
                at += 1
            } else if at < pattern.count, let next = step(pattern, at, name[here]) {
                (at, here) = (next, here + 1)
            } else if let last = star {
                star = (last.at, last.here + 1)
                (at, here) = (last.at + 1, last.here + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }

    /// Where the pattern goes on after one character; nil where it does not match.
    private static func step(_ pattern: [Unicode.Scalar], _ at: Int, _ scalar: Unicode.Scalar) -> Int? {
        switch pattern[at] {
        case "?": return at + 1
        case "\\" where at + 1 < pattern.count: return pattern[at + 1] == scalar ? at + 2 : nil
        case "[":
            guard let end = pattern[(at + 1)...].dropFirst().firstIndex(of: "]") else {
                return scalar == "[" ? at + 1 : nil
            }
            return isIn(pattern[(at + 1)..<end], scalar) ? end + 1 : nil
        default: return pattern[at] == scalar ? at + 1 : nil
        }
    }
    private static func isIn(_ set: ArraySlice<Unicode.Scalar>, _ scalar: Unicode.Scalar) -> Bool {
        let isNegated = set.first == "!" || set.first == "^"
        var rest = isNegated ? set.dropFirst() : set
        var isFound = false
        while let low = rest.popFirst() {
            if rest.count > 1, rest.first == "-" {
                rest.removeFirst()
                if let high = rest.popFirst(), low <= scalar, scalar <= high { isFound = true }
            } else if low == scalar {
                isFound = true
            }
        }
        return isFound != isNegated
    }
}
