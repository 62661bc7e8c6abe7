import Foundation
import Logging
import Model
import Review

extension Logger {
    /// To standard error, as the configuration says.
    init(_ settings: Configuration.LogSettings) {
        self.init(label: "martlet") { _ in
            switch settings.format {
            case .text: TextLogHandler()
            case .json: JSONLogHandler()
            }
        }
        logLevel = Level(rawValue: settings.level) ?? .info
    }
}

/// `2026-11-21T14:02:11.250Z info commit loaded commit=8a01b44 source=shop`: one line whatever is in it, with
/// everything escaped that a terminal would obey.
struct TextLogHandler: LogHandler {
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info
    var output: @Sendable (Data) -> Void = writeToStandardError
    var clock: @Sendable () -> Timestamp = { Timestamp(.now) }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value.description.logged)" }
        let head = "\(clock()) \(event.level.rawValue) \(event.message.description.escapedForDisplay)"
        output(Data((head + details.joined() + "\n").utf8))
    }
}

extension String {
    /// In quotes unless it is one plain word.
    fileprivate var logged: String {
        let isWord = unicodeScalars.allSatisfy { $0 != " " && $0 != "=" && $0 != "\"" }
        return isWord && !isEmpty ? escapedForDisplay : "\"\(escapedForDisplay)\""
    }
}

/// One JSON object a line: `time` (RFC 3339), `level`, `message`, and the metadata as strings.
struct JSONLogHandler: LogHandler {
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info
    var output: @Sendable (Data) -> Void = writeToStandardError
    var clock: @Sendable () -> Timestamp = { Timestamp(.now) }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
            fields[key] = value.description
        }
        fields["time"] = clock().description
        fields["level"] = event.level.rawValue
        fields["message"] = event.message.description
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(fields) else { return }
        output(Data((String(decoding: line, as: UTF8.self).escapedInJSON + "\n").utf8))
    }
}

/// Nobody may be listening any more, which is no reason to end.
@Sendable private func writeToStandardError(_ line: Data) {
    try? FileHandle.standardError.write(contentsOf: line)
}
