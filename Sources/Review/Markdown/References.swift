/// Where a forge would read more than text, so that a zero-width space has to stand there.
///
/// | read as | by | kept from it |
/// | --- | --- | --- |
/// | `@all`, `#12`, `!12`, `$12`, `%v1`, `~bug`, `&12`, `^alert#1` | all; GitLab | after the sign |
/// | `[issue:12]`, `[work_item:1]`, `[epic:1]`, `[vulnerability:1]`, `[[page]]`, `[TOC]`, `[+ … +]` | GitLab | after the bracket |
/// | `*iteration:1`, `{+ … +}`, `{- … -}` | GitLab | after the sign |
/// | `GH-12`, `GL-12`, `SHOP-12` of a tracker beside it | GitHub, GitLab, Gitea, Bitbucket | before the number |
/// | `8a01b44` and more digits of a commit | all but in code | before the seventh digit; a number stays whole |
/// | `:+1:` | all | before the second colon |
/// | `https://…`, `www.…`, `mail@…` | all | between their signs |
///
/// A backslash is not enough for these: forges look for them in what their Markdown has come to.
struct References {
    private var previous: Unicode.Scalar?
    /// Letters, digits and `_` up to here.
    private var word = ""
    /// What stands before a dash may be the key of a tracker.
    private var isKey = false
    /// Digits of what may be a commit's id, one after the other.
    private var digits = 0
    /// Without a letter they are a number, which is hardly ever a commit's short id, and never a whole one.
    private var isNumber = true
    /// What stands after a colon; nil where it can be no emoji's name.
    private var emoji: String?

    static let signs = "@#!$%~&^[".unicodeScalars

    /// Whether one has to be kept apart from what stands before it.
    mutating func isBroken(before scalar: Unicode.Scalar) -> Bool {
        let isDigit = ("0"..."9").contains(scalar)
        let isHex = isDigit || ("a"..."f").contains(scalar) || ("A"..."F").contains(scalar)
        let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
        var isBroken = false
        switch scalar {
        case "/": isBroken = previous == ":"
        case ".": isBroken = word.lowercased().hasSuffix("www")
        case ":": isBroken = emoji.map(Self.isEmoji) ?? false
        case "+", "-": isBroken = previous == "{"
        case "i", "I": isBroken = previous == "*"
        default: isBroken = isDigit && previous == "-" && isKey
        }
        if isHex, digits >= (isNumber && isDigit ? 39 : 6) { isBroken = true }
        isNumber = !isHex || isDigit && (isNumber || isBroken)
        digits = isHex ? (isBroken ? 1 : digits + 1) : 0
        if scalar == ":" {
            emoji = ""
        } else if isLetter || isDigit || "_+-".unicodeScalars.contains(scalar) {
            emoji?.unicodeScalars.append(scalar)
        } else {
            emoji = nil
        }
        if isLetter || isDigit || scalar == "_" {
            word.unicodeScalars.append(scalar)
        } else {
            isKey = scalar == "-" && isTrackersKey
            word = ""
        }
        previous = scalar
        return isBroken
    }

    /// Minutes are none, as in `14:02:11`.
    private static func isEmoji(_ name: String) -> Bool {
        !name.isEmpty && (name.utf8.count > 2 || !name.unicodeScalars.allSatisfy { ("0"..."9").contains($0) })
    }

    private var isTrackersKey: Bool {
        let isUpper = word.unicodeScalars.allSatisfy { !("a"..."z").contains($0) }
        return ["gh", "gl"].contains(word.lowercased())
            || isUpper && word.unicodeScalars.first.map { ("A"..."Z").contains($0) } ?? false
    }
}
