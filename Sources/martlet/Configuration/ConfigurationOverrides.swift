import HTTPClient
import Logging
import Model

/// What flags and the environment say instead of the configuration's file. Kept with it, so that a reload heeds them.
struct ConfigurationOverrides: Sendable, Equatable {
    var state: String?
    var socket: String?
    var listen: String?
    var logLevel: String?
    var logFormat: String?

    /// What no flag says is taken from `MARTLET_…` of the environment.
    func completed(from environment: [String: String]) -> ConfigurationOverrides {
        ConfigurationOverrides(
            state: state ?? environment["MARTLET_STATE"], socket: socket ?? environment["MARTLET_SOCKET"],
            listen: listen ?? environment["MARTLET_LISTEN"],
            logLevel: logLevel ?? environment["MARTLET_LOG_LEVEL"],
            logFormat: logFormat ?? environment["MARTLET_LOG_FORMAT"])
    }

    func applied(to configuration: Configuration) throws(ConfigurationError) -> Configuration {
        var result = configuration
        var problems: [Diagnostic] = []
        result.overrides = self
        if let state {
            let isOwnSocket = result.socket == "\(result.state)/martlet.sock"
            result.state = absolute(state)
            if isOwnSocket { result.socket = "\(result.state)/martlet.sock" }
        }
        if let socket { result.socket = absolute(socket) }
        if let listen {
            result.listen = Configuration.Endpoint(listen)
            if result.listen == nil { problems.append(Configuration.Endpoint.problem(listen)) }
        }
        if let logLevel {
            result.log.level = logLevel
            if Logger.Level(rawValue: logLevel) == nil {
                problems.append(Self.problem(logLevel, "log level", Configuration.LogSettings.levels))
            }
        }
        if let logFormat {
            if let format = Configuration.LogSettings.Format(rawValue: logFormat) {
                result.log.format = format
            } else {
                problems.append(Self.problem(logFormat, "log format", ["text", "json"]))
            }
        }
        if let listen = result.listen, !listen.isLoopback, result.tls == nil, !result.isInsecure {
            problems.append(Self.openListener(listen))
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return result
    }

    private static func openListener(_ listen: Configuration.Endpoint) -> Diagnostic {
        Diagnostic(
            .error, "other machines reach 'listen' at \(listen), and tokens would travel in clear",
            hint: "give 'tls: {certificate: FILE, key: FILE}', or say 'insecure: true' where a proxy encrypts"
        )
    }
    private static func problem(_ text: String, _ what: String, _ all: [String]) -> Diagnostic {
        Diagnostic(
            .error, "'\(text.escapedForDisplay)' is no \(what)", hint: "write \(all.joined(separator: ", "))")
    }
}

extension Configuration.LogSettings {
    static let levels = ["trace", "debug", "info", "notice", "warning", "error"]
}

extension Configuration.Endpoint: CustomStringConvertible {
    /// Whether nobody but this machine reaches it.
    var isLoopback: Bool { host == "localhost" || Network.loopback.contains { $0.contains(host) } }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// `host:port`; an IPv6 address in brackets.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.init(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port)
    }
    static func problem(_ text: String) -> Diagnostic {
        Diagnostic(.error, "'\(text.escapedForDisplay)' is no host and port", hint: "write 127.0.0.1:7070")
    }
}
