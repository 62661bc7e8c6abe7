import Foundation

/// One line that a provider wrote, without the secrets that it was given.
package struct PluginLogLine: Sendable, Hashable {
    package enum Level: String, Sendable, CaseIterable { case trace, debug, info, warning, error }

    package var level: Level
    package var message: String
    /// The part of the provider that wrote it; empty where it does not say.
    package var module = ""
    /// What else it says, by name.
    package var fields: [String: String] = [:]

    package init(level: Level, message: String) { (self.level, self.message) = (level, message) }
}

extension PluginLogLine {
    /// Go's structured lines are JSON with `@level` and `@message`; others name their level in square brackets, or
    /// none. A line of nothing but white space is nil.
    init?(_ line: String, hiding concealed: Concealed) {
        if line.hasPrefix("{"), let parsed = PluginLogLine(json: line, hiding: concealed) {
            self = parsed
            return
        }
        let text = concealed.hide(in: line).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return nil }
        self.init(level: Self.level(in: text), message: Self.cut(text))
    }

    private init?(json line: String, hiding concealed: Concealed) {
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
        guard let object = object as? [String: Any], let message = object["@message"] as? String else {
            return nil
        }
        let level = (object["@level"] as? String).flatMap(Self.level(named:)) ?? .info
        self.init(level: level, message: Self.cut(concealed.hide(in: message)))
        for (name, value) in object where name != "@message" && name != "@level" && name != "@timestamp" {
            let text = Self.cut(Self.text(value, hiding: concealed))
            if name == "@module" { module = text } else { fields[concealed.hide(in: name)] = text }
        }
    }

    /// A value's strings are searched for secrets before they are escaped anew.
    private static func text(_ value: Any, hiding concealed: Concealed) -> String {
        if let text = value as? String { return concealed.hide(in: text) }
        let shown = hide(value, concealed)
        let data = try? JSONSerialization.data(
            withJSONObject: shown, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
        return concealed.hide(in: String(decoding: data ?? Data(), as: UTF8.self))
    }

    private static func hide(_ value: Any, _ concealed: Concealed) -> Any {
        switch value {
        case let text as String: concealed.hide(in: text)
        case let list as [Any]: list.map { hide($0, concealed) }
        case let map as [String: Any]:
            Dictionary(
                map.map { (concealed.hide(in: $0.key), hide($0.value, concealed)) },
                uniquingKeysWith: { first, _ in first })
        default: value
        }
    }

    private static func level(named name: String) -> Level? {
        let name = name.lowercased()
        return name == "warn" ? .warning : Level(rawValue: name)
    }

    private static func level(in text: String) -> Level {
        if text.hasPrefix("panic: ") || text.hasPrefix("fatal error: ") { return .error }
        let head = text.prefix(60)
        guard let open = head.firstIndex(of: "["), let close = head[open...].firstIndex(of: "]") else {
            return .info
        }
        return level(named: String(head[head.index(after: open)..<close])) ?? .info
    }

    /// Long enough for any message; bodies of requests are longer.
    private static func cut(_ text: String) -> String {
        text.utf8.count <= longest ? text : String(text.prefix(longest)) + "…"
    }
    private static let longest = 4096
}
