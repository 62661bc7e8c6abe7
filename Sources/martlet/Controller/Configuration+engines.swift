import Connect
import Crypto
import Foundation
import HTTPClient
import Model
import Run

extension Configuration.EngineSettings {
    var registry: RegistryEngine.Configuration {
        networks.map { RegistryEngine.Configuration(networks: $0.compactMap { Network($0) }) }
            ?? RegistryEngine.Configuration()
    }
}

extension Configuration {
    /// An engine's folders are its own: another name's jobs are not its own.
    func supervisor(
        _ settings: EngineSettings, name: String
    ) throws(ConfigurationError) -> SupervisorEngine.Configuration {
        var result = SupervisorEngine.Configuration(
            users: settings.users, jobsFolder: "\(state)/jobs/\(name)",
            instancesFolder: "\(try runFolder)/\(name)", logsFolder: "\(state)/logs/\(name)", shim: Self.shim)
        if let commands = settings.commands { result.commands = commands }
        if let ports = settings.ports { result.ports = ports }
        if let size = settings.logSize { result.logSize = size }
        if let count = settings.logFiles { result.logFiles = count }
        (result.mostInstances, result.mostMemory) = (settings.maxInstances, settings.maxMemory)
        return result
    }

    /// In memory, and this state's alone: what stands there is gone with a reboot.
    var runFolder: String {
        get throws(ConfigurationError) {
            let user = geteuid()
            var candidates = user == 0 ? ["/run/martlet"] : []
            if let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"], user != 0 {
                candidates.append("\(runtime)/martlet")
            }
            candidates.append("/dev/shm/martlet-\(user)")
            guard
                let folder = candidates.first(where: {
                    Self.isInMemory(($0 as NSString).deletingLastPathComponent)
                })
            else {
                throw ConfigurationError(
                    "there is no folder in memory for jobs: looked for \(candidates.joined(separator: ", "))",
                    hint: "mount a tmpfs on /run or /dev/shm")
            }
            return "\(folder)/\(SHA256.hash(data: Data(state.utf8)).prefix(5).hex)"
        }
    }
    /// As `/proc/self/mounts` says (proc(5)): a line for each mount, its point and type second and third.
    private static func isInMemory(_ folder: String) -> Bool {
        guard access(folder, W_OK) == 0,
            let mounts = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        else { return false }
        var found = (point: "", type: "")
        for line in mounts.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count > 2, parts[1].count >= found.point.count,
                parts[1] == "/" || "\(folder)/".hasPrefix("\(parts[1])/")
            else { continue }
            found = (String(parts[1]), String(parts[2]))
        }
        return ["tmpfs", "ramfs"].contains(found.type)
    }

    /// It stands beside this program.
    static var shim: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return ((own as NSString).deletingLastPathComponent as NSString).appendingPathComponent(
            "martlet-shim")
    }
}
