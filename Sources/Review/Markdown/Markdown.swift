/// Text from outside, made safe for Markdown as forges read it: no markup, no HTML, no mention, no reference, no link.
enum Markdown {
    /// In running text, on one line, and not at its beginning.
    static func prose(_ text: String) -> String {
        inert(text.safeForDisplay) { scalar in
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "|", "~", "$": "\\\(scalar)"
            default: nil
            }
        }
    }

    /// HTML's own characters as entities, and a zero-width space wherever a forge would read more than text.
    private static func inert(_ text: String, _ escape: (Unicode.Scalar) -> String?) -> String {
        var (result, references) = ("", References())
        for scalar in text.unicodeScalars {
            if references.isBroken(before: scalar) { result += breaking }
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            default: result += escape(scalar) ?? String(scalar)
            }
            if References.signs.contains(scalar) { result += breaking }
        }
        return result
    }
    private static let breaking = "&#8203;"

    /// As code, in running text and in a table alike.
    static func code(_ text: String) -> String {
        let text = text.safeForDisplay
        if text.isEmpty { return "" }
        let ticks = String(repeating: "`", count: text.longestRun(of: "`") + 1)
        let padding = text.hasPrefix("`") || text.hasSuffix("`") || text.hasPrefix(" ") ? " " : ""
        return ticks + padding + text.replacing("|", with: "\\|") + padding + ticks
    }

    /// Inside an HTML element.
    static func html(_ text: String) -> String { inert(text.safeForDisplay) { _ in nil } }
    /// Inside an attribute in double quotes.
    static func attribute(_ text: String) -> String {
        text.safeForDisplay.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
    /// Inside the HTML element of that name, where forges look for no references.
    static func codeElement(_ text: String) -> String { attribute(text) }

    /// A fence that no line inside can close.
    static func fenced(_ lines: some Collection<some StringProtocol>, language: String = "text") -> [String] {
        let lines = lines.map { String($0).safeForDisplay }
        let longest = lines.map { $0.longestRun(of: "`") }.max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return [fence + language] + lines + [fence]
    }
}

extension String {
    func longestRun(of character: Unicode.Scalar) -> Int {
        var (longest, run) = (0, 0)
        for scalar in unicodeScalars {
            run = scalar == character ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
