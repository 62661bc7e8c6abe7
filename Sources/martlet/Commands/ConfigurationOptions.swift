import ArgumentParser
import Foundation

/// Where the controller's configuration is, and what a command says instead of it.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .long, help: "The controller's configuration file.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(name: .long, help: "The state folder, instead of the configuration's.", completion: .directory)
    var state: String?

    @Option(name: .long, help: "The unix socket, instead of the configuration's.", completion: .file())
    var socket: String?

    /// `--config`, `MARTLET_CONFIG`, the user's or the system's configuration folder, in this order; never the
    /// current folder. What is missing everywhere is the standard configuration. Flags come before `MARTLET_…` of the
    /// environment, and these before the file.
    func read(_ overrides: ConfigurationOverrides = ConfigurationOverrides()) throws(ConfigurationError)
        -> Configuration
    {
        let result =
            try file().map { (file) throws(ConfigurationError) in try Configuration.read(file) }
            ?? .standard()
        var overrides = overrides
        (overrides.state, overrides.socket) = (state, socket)
        return try overrides.completed(from: ProcessInfo.processInfo.environment).applied(to: result)
    }

    /// Whether somebody has said which file to use.
    var isFileNamed: Bool { config != nil || ProcessInfo.processInfo.environment["MARTLET_CONFIG"] != nil }

    /// Nil where there is none.
    func file() -> String? {
        if let named = config ?? ProcessInfo.processInfo.environment["MARTLET_CONFIG"] {
            return absolute(named)
        }
        return [Configuration.userFolder, Configuration.systemFolder].map { "\($0)/martlet.yaml" }.first {
            FileManager.default.fileExists(atPath: $0)
        }
    }
}

extension Configuration {
    static let systemFolder = "/etc/martlet"
    static var userFolder: String {
        let base = ProcessInfo.processInfo.environment["XDG_CONFIG_HOME"] ?? "\(NSHomeDirectory())/.config"
        return "\(base)/martlet"
    }
}

/// A path as the shell's folder makes it absolute.
func absolute(_ path: String) -> String {
    let expanded = path.hasPrefix("~/") ? NSHomeDirectory() + path.dropFirst() : path
    return URL(filePath: expanded).standardizedFileURL.path(percentEncoded: false)
}
