/// Text from outside, made safe for Markdown as forges read it: no markup, no HTML, no mention, no reference, no link.
enum Markdown {
    /// In running text, on one line.
    static func prose(_ text: String) -> String {
        var result = ""
        for scalar in text.safeForDisplay.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "@", "#", "!", "$", "%", "~", ":", ".": result += escaped(scalar)
            case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "+", "-", "|": result += "\\\(scalar)"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
    /// A zero-width space keeps forges from reading `@all`, `#12`, `!12`, `https://…` or `www.…` as more than text.
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case ":", ".": "\(scalar)&#8203;"
        case "~", "!", "#": "\\\(scalar)&#8203;"
        default: "\(scalar)&#8203;"
        }
    }

    /// As code, in running text and in a table alike.
    static func code(_ text: String) -> String {
        let text = text.safeForDisplay
        if text.isEmpty { return "" }
        let ticks = String(repeating: "`", count: text.longestRun(of: "`") + 1)
        let padding = text.hasPrefix("`") || text.hasSuffix("`") || text.hasPrefix(" ") ? " " : ""
        return ticks + padding + text.replacing("|", with: "\\|") + padding + ticks
    }

    /// Inside an HTML element or an attribute in double quotes.
    static func html(_ text: String) -> String {
        text.safeForDisplay.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }

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
