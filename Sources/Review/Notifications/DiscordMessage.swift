/// What a Discord webhook takes: nobody is ever mentioned, and Markdown shows as it was written.
enum DiscordMessage {
    static func json(_ text: EventText) -> JSONText {
        var message: [String: JSONText] = [
            "content": .string(escaped(text.line).cut(toUnits: 2000)), "allowed_mentions": ["parse": []],
        ]
        if !text.below.isEmpty || text.url != nil {
            var embed: [String: JSONText] = [
                "description": .string(text.below.map(escaped).joined(separator: "\n").cut(toUnits: 4000))
            ]
            if let url = text.url { (embed["title"], embed["url"]) = ("Report", .string(url)) }
            message["embeds"] = [.object(embed)]
        }
        return .object(message)
    }

    /// A backslash before whatever Discord would read as markup; a zero-width space in what would be a mention or a link.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "\\*_~`|>#-+[]()<:".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
            if "@:<".unicodeScalars.contains(scalar) { result += "\u{200b}" }
        }
        return result
    }
}
