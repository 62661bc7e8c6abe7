/// What a Slack incoming webhook takes: `text` for the notification, `blocks` for the channel. Everything from outside is
/// plain text with Slack's three characters escaped, so that nothing is a mention, a link or markup.
enum SlackMessage {
    /// Slack takes 3000 characters in a block; escaping may make five of one.
    private static let longest = 3000

    static func json(_ text: EventText) -> JSONText {
        var blocks: [JSONText] = [section(text.line)]
        if !text.below.isEmpty { blocks.append(section(text.below.joined(separator: "\n"))) }
        if let url = text.url {
            let link = "<\(escaped(url).replacing("|", with: "%7C"))|Report>"
            blocks.append([
                "type": "section",
                "text": ["type": "mrkdwn", "text": .string(link), "verbatim": true],
            ])
        }
        return [
            "text": .string(escaped(text.line)), "mrkdwn": false,
            "unfurl_links": false, "blocks": .list(blocks),
        ]
    }

    private static func section(_ text: String) -> JSONText {
        [
            "type": "section",
            "text": [
                "type": "plain_text", "emoji": false,
                "text": .string(escaped(text)),
            ],
        ]
    }

    /// As Slack's documentation asks for, and never more than it takes.
    static func escaped(_ text: String) -> String {
        var (result, count) = ("", 0)
        for character in text {
            let piece =
                switch character {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                default: String(character)
                }
            count += piece.utf16.count
            if count > longest - 1 { return result + "…" }
            result += piece
        }
        return result
    }
}
