/// What a comment asks a controller for: its first line, where that begins with `/martlet`.
package enum CommentCommand: Hashable, Sendable {
    case plan
    /// By how the digest begins, where one is given; in lower case.
    case approve(String?)
    case help
    /// It is for us, and not understood.
    case unknown(String)

    /// Nil where it asks for nothing.
    package init?(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
        let words = line.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        guard words.first == "/martlet", line.first == "/" else { return nil }
        switch (words.dropFirst().first, words.count) {
        case (nil, _), ("help"?, 2): self = .help
        case ("plan"?, 2): self = .plan
        case ("approve"?, 2): self = .approve(nil)
        case ("approve"?, 3):
            // As a comment shows it: in backticks.
            let digest = words[2].filter { $0 != "`" }
            let isDigest = (12...64).contains(digest.utf8.count) && digest.utf8.allSatisfy(\.isLowerHexDigit)
            self = isDigest ? .approve(digest) : .unknown(words[2])
        case (let word?, _): self = .unknown(word)
        }
    }
}

extension UInt8 {
    fileprivate var isLowerHexDigit: Bool { 0x30...0x39 ~= self || 0x61...0x66 ~= self }
}
