import Foundation
import Logging
import Model
import Review
import Synchronization

/// Where the lines of all loggers go, and which of them: a reload changes it for all at once.
final class Log: Sendable {
    private let settings: Mutex<Configuration.LogSettings>
    private let output: @Sendable (Data) -> Void
    private let clock: @Sendable () -> Timestamp

    /// To standard error, unless told otherwise.
    init(
        _ settings: Configuration.LogSettings,
        output: @escaping @Sendable (Data) -> Void = writeToStandardError,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp(.now) }
    ) {
        self.settings = Mutex(settings)
        (self.output, self.clock) = (output, clock)
    }

    var logger: Logger { Logger(label: "martlet") { _ in LineLogHandler(self) } }

    func use(_ settings: Configuration.LogSettings) { self.settings.withLock { $0 = settings } }

    fileprivate var level: Logger.Level {
        Logger.Level(rawValue: settings.withLock(\.level)) ?? .info
    }

    fileprivate func write(_ event: LogEvent, _ metadata: Logger.Metadata) {
        let format = settings.withLock(\.format)
        let line =
            switch format {
            case .text: Self.text(event, metadata, clock())
            case .json: Self.json(event, metadata, clock())
            }
        if let line { output(Data((line + "\n").utf8)) }
    }

    /// `2026-11-21T14:02:11.250Z info commit loaded commit=8a01b44 source=shop`: one line whatever is in it, with
    /// everything escaped that a terminal would obey.
    private static func text(_ event: LogEvent, _ metadata: Logger.Metadata, _ time: Timestamp) -> String? {
        let details = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value.description.logged)" }
        let head = "\(time) \(event.level.rawValue) \(event.message.description.escapedForDisplay)"
        return head + details.joined()
    }

    /// One JSON object a line: `time` (RFC 3339), `level`, `message`, and the metadata as strings.
    private static func json(_ event: LogEvent, _ metadata: Logger.Metadata, _ time: Timestamp) -> String? {
        var fields = metadata.mapValues(\.description)
        fields["time"] = time.description
        fields["level"] = event.level.rawValue
        fields["message"] = event.message.description
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(fields) else { return nil }
        return String(decoding: line, as: UTF8.self).escapedInJSON
    }
}

private struct LineLogHandler: LogHandler {
    private let log: Log
    private var ownLevel: Logger.Level?
    var metadata = Logger.Metadata()

    init(_ log: Log) { self.log = log }

    var logLevel: Logger.Level {
        get { ownLevel ?? log.level }
        set { ownLevel = newValue }
    }
    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { log.write(event, metadata.merging(event.metadata ?? [:]) { $1 }) }
}

extension String {
    /// In quotes unless it is one plain word.
    fileprivate var logged: String {
        let isWord = unicodeScalars.allSatisfy { $0 != " " && $0 != "=" && $0 != "\"" }
        return isWord && !isEmpty ? escapedForDisplay : "\"\(escapedForDisplay)\""
    }
}

/// Nobody may be listening any more, which is no reason to end.
@Sendable private func writeToStandardError(_ line: Data) {
    try? FileHandle.standardError.write(contentsOf: line)
}
