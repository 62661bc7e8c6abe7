import ArgumentParser
import Foundation

/// Where the controller's configuration is, and what a command says instead of it.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: "The controller's configuration file.")
    var config: String?

    @Option(name: .long, help: "The state folder, instead of the configuration's.")
    var state: String?

    @Option(name: .long, help: "The unix socket, instead of the configuration's.")
    var socket: String?

    /// `--config`, `MARTLET_CONFIG`, the user's or the system's configuration folder, in this order; never the
    /// current folder. What is missing everywhere is the standard configuration.
    func read() throws(ConfigurationError) -> Configuration {
        var result =
            try file().map { (file) throws(ConfigurationError) in try Configuration.read(file) }
            ?? .standard()
        let environment = ProcessInfo.processInfo.environment
        if let state = state ?? environment["MARTLET_STATE"] {
            let isOwnSocket = result.socket == "\(result.state)/martlet.sock"
            result.state = absolute(state)
            if isOwnSocket { result.socket = "\(result.state)/martlet.sock" }
        }
        if let socket = socket ?? environment["MARTLET_SOCKET"] { result.socket = absolute(socket) }
        if let level = environment["MARTLET_LOG_LEVEL"] { result.log.level = level }
        return result
    }

    private func file() -> String? {
        let environment = ProcessInfo.processInfo.environment
        if let named = config ?? environment["MARTLET_CONFIG"] { return absolute(named) }
        let base = environment["XDG_CONFIG_HOME"] ?? "\(NSHomeDirectory())/.config"
        return ["\(base)/martlet/martlet.yaml", "/etc/martlet/martlet.yaml"].first {
            FileManager.default.fileExists(atPath: $0)
        }
    }
}

/// A path as the shell's folder makes it absolute.
func absolute(_ path: String) -> String {
    let expanded = path.hasPrefix("~/") ? NSHomeDirectory() + path.dropFirst() : path
    return URL(filePath: expanded).standardizedFileURL.path(percentEncoded: false)
}
