import Connect
import HTTPClient
import Model
import Provision
import Run
import Secure

extension Engines {
    /// What is known of the embedded engines where there is no configuration: anywhere may be a root or a program, and
    /// anybody an owner or a user.
    static var embedded: [EngineDescription] {
        var host = HostEngine.description(name: "host", HostEngine.Configuration(roots: ["/"]))
        let check = host.check
        host.check = { manifest, grants in
            let owners = manifest.namedOwners
            if owners.isEmpty { return check(manifest, grants) }
            var grants = grants
            grants.owners.formUnion(owners)
            return check(manifest, grants)
        }
        var supervisor = SupervisorEngine.description(name: "supervisor", .anything(for: nil))
        supervisor.check = { manifest, grants in
            var grants = grants
            grants.users.insert(manifest.namedUser ?? "")
            grants.ports = [1...65_535]
            let description = SupervisorEngine.description(
                name: "supervisor", .anything(for: manifest.namedUser))
            return description.check(manifest, grants)
        }
        let registry = RegistryEngine.Configuration(
            networks: ["0.0.0.0/0", "::/0"].compactMap { Network($0) })
        return [
            host, SealedEngine.description(name: "sealed"),
            RegistryEngine.description(name: "registry", registry), supervisor,
        ]
    }
}

extension Manifest {
    /// The user and the group, as grants name them, that the manifest gives its file to.
    fileprivate var namedOwners: [String] {
        guard let text = spec["config"]?.literal("owner")?.string else { return [] }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.prefix(1).map(String.init) + parts.dropFirst().map { ":\($0)" }
    }
    /// The user that the manifest's job runs as.
    fileprivate var namedUser: String? {
        guard case .literal(let user)? = spec["task"]?["user"] else { return nil }
        return user.string
    }
}

extension SupervisorEngine.Configuration {
    fileprivate static func anything(for user: String?) -> Self {
        Self(
            users: user.map { [$0] } ?? [], commands: ["/"], jobsFolder: "", instancesFolder: "",
            logsFolder: "",
            shim: "")
    }
}
