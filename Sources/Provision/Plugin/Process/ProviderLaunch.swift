import ChildProcess

/// How a provider's program is started, and how it is treated.
package struct ProviderLaunch: Sendable {
    /// The configuration's name for the provider, by which messages name it.
    package var name: String
    /// Absolute.
    package var executable: String
    package var arguments: [String] = []
    /// All of the program's environment, but for what the protocol needs.
    package var environment: [String: String] = [:]
    /// Values in it that nothing which the provider says may show.
    package var secrets: [String] = []
    package var limits = Limits()
    /// Asked before each start, where it is found out only then what is started and with which environment.
    package var renew: (@Sendable (ProviderLaunch) async throws(PluginError) -> ProviderLaunch)?

    package init(name: String, executable: String) { (self.name, self.executable) = (name, executable) }

    package struct Limits: Sendable, Hashable {
        /// From the start to the handshake.
        package var start: Duration = .seconds(60)
        package var calls = CallLimits()
        /// How long a process without calls stays.
        package var idle: Duration = .seconds(300)
        /// What is under way gets this long once the provider was asked to stop it.
        package var stop: Duration = .seconds(20)
        /// What the process gets to end by itself.
        package var shutdown: Duration = .seconds(2)
        /// Before a restart, doubled by each crash after the first that follows soon.
        package var backoff: Duration = .seconds(1)
        package var longestBackoff: Duration = .seconds(60)
        /// A call waits this long for a restart; for a later one it fails at once.
        package var patience: Duration = .seconds(2)
        /// A process that lived this long owes nothing for earlier crashes.
        package var stable: Duration = .seconds(30)

        package init() {}
    }
}

extension ProviderLaunch {
    /// What tells a plugin that it is started as one. Facts of the protocol, and no secret.
    private static let cookie = (
        "TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
    )
    /// Their logs tell requests whole, line by line, to whoever asks no less: `PROVIDER_AWS` is what
    /// `terraform-provider-aws_v5.100.0_x5` says itself.
    private var quiet: [String] {
        let (file, start) = (executable.split(separator: "/").last ?? "", "terraform-provider-")
        let own = file.hasPrefix(start) ? file.dropFirst(start.count).prefix { $0 != "_" } : ""
        let name = own.isEmpty ? [] : ["PROVIDER_\(own.uppercased().replacing("-", with: "_"))"]
        return ["SDK", "SDK_PROTO", "SDK_FRAMEWORK", "SDK_MUX", "PROVIDER"] + name
    }

    /// Without a certificate of ours (`PLUGIN_CLIENT_CERT`) Go's plugins speak plain text, on a socket in a folder
    /// that only we can enter.
    func command(socketFolder: String) -> Command {
        var variables = Dictionary(uniqueKeysWithValues: quiet.map { ("TF_LOG_\($0)", "off") })
        variables.merge(environment) { $1 }
        for name in variables.keys where name.hasPrefix("PLUGIN_") { variables[name] = nil }
        variables[Self.cookie.0] = Self.cookie.1
        variables["PLUGIN_PROTOCOL_VERSIONS"] = "5,6"
        variables["PLUGIN_MIN_PORT"] = "10000"
        variables["PLUGIN_MAX_PORT"] = "25000"
        variables["PLUGIN_UNIX_SOCKET_DIR"] = socketFolder
        return Command(
            executable, arguments, environment: variables, isolation: .session,
            limits: Command.Limits(grace: .zero))
    }
}
