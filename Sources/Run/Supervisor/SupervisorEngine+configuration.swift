package import Model

extension SupervisorEngine {
    /// Where programs are, unless the configuration says other folders.
    package static let usualCommands = ["/bin", "/opt", "/sbin", "/usr"]

    /// What the controller's configuration allows, and where things are. A manifest that asks for more is refused.
    package struct Configuration: Sendable {
        /// Users that instances may run as; the controller's own too only by its name.
        package var users: Set<String>
        /// Folders that commands must be in, links followed.
        package var commands: [String]
        /// Where ports come from that a manifest leaves open.
        package var ports = 20000...31999
        /// What instances listen on, as far as others are told.
        package var address = "127.0.0.1"
        /// The most instances of one job, and the most memory of one instance; nil for no limit.
        package var mostInstances: Int?
        package var mostMemory: ByteSize?
        /// Bytes of one log file, and how many of them an instance has.
        package var logSize = ByteSize(bytes: 10 << 20)
        package var logFiles = 5
        /// What is asked for and how far it has come: survives a reboot.
        package var jobsFolder: String
        /// Instances, and their secrets: in memory, gone with a reboot.
        package var instancesFolder: String
        package var logsFolder: String
        /// The program that keeps an instance: `martlet-shim`, beside the controller's own.
        package var shim: String
        /// Where cgroups are mounted that limit cpu and memory; nil for no limits.
        package var cgroups: String? = "/sys/fs/cgroup"

        package init(
            users: Set<String>, commands: [String] = SupervisorEngine.usualCommands, jobsFolder: String,
            instancesFolder: String, logsFolder: String, shim: String
        ) {
            (self.users, self.commands, self.shim) = (users, commands, shim)
            (self.jobsFolder, self.instancesFolder, self.logsFolder) = (
                jobsFolder, instancesFolder, logsFolder
            )
        }
    }
}
