/// What a Workflows webhook of Microsoft Teams takes: one adaptive card. Text stands in rich text blocks, which know no
/// Markdown and no mention.
enum TeamsMessage {
    static func json(_ text: EventText) -> JSONText {
        var body = [block([run(text.line, isBold: true)])]
        body += text.below.map { block([run($0)]) }
        var card: [String: JSONText] = [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard",
            "version": "1.4", "fallbackText": .string(plain(text.line)), "body": .list(body),
            "msteams": ["width": "Full"],
        ]
        if let url = text.url {
            card["actions"] = [["type": "Action.OpenUrl", "title": "Report", "url": .string(url)]]
        }
        return [
            "type": "message",
            "attachments": [
                [
                    "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": .null,
                    "content": .object(card),
                ]
            ],
        ]
    }

    private static func block(_ inlines: [JSONText]) -> JSONText {
        ["type": "RichTextBlock", "inlines": .list(inlines)]
    }
    private static func run(_ text: String, isBold: Bool = false) -> JSONText {
        isBold
            ? ["type": "TextRun", "text": .string(plain(text)), "weight": "Bolder"]
            : ["type": "TextRun", "text": .string(plain(text))]
    }

    /// `{{DATE(…)}}` and a template's `${…}` are text too, and a tag is none. A card may have 28 KB.
    private static func plain(_ text: String) -> String {
        text.cut(toUnits: 1000).replacing("{{", with: "{ {").replacing("${", with: "$ {")
            .replacing("<", with: "‹").replacing(">", with: "›")
    }
}
