import Model

extension String {
    /// One line that is safe on a terminal, quotes and backslashes left as they are wherever nothing else had to be
    /// escaped. Safe text stays as it is, so it may be asked for twice.
    package var safeForDisplay: String {
        guard unicodeScalars.contains(where: { !$0.isQuote && $0.escaped != nil }) else { return self }
        return unicodeScalars.map { $0 == "\"" ? "\"" : $0.escaped ?? String($0) }.joined()
    }
    /// Lines of a text from outside, each safe: at most `limit`, and then how many more there are.
    func safeLines(atMost limit: Int) -> [String] {
        let lines = unicodeScalars.split(omittingEmptySubsequences: true) { $0 == "\n" || $0 == "\r" }
            .map { String($0).safeForDisplay }
        guard lines.count > limit else { return lines }
        return lines.prefix(limit) + ["… \(counted(lines.count - limit, "more line"))"]
    }
}

extension Unicode.Scalar {
    fileprivate var isQuote: Bool { self == "\"" || self == "\\" }
    /// Nil where it passes as itself.
    fileprivate var escaped: String? {
        if (" "..."~").contains(self) && !isQuote { return nil }
        let text = String(self).escapedForDisplay
        return text == String(self) ? nil : text
    }
}
