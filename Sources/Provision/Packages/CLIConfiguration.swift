import Foundation
import Model

/// What Terraform's and OpenTofu's own CLI configuration says of where packages come from: the blocks
/// `provider_installation` and `credentials`. The rest of it is theirs.
package struct CLIConfiguration: Sendable {
    package struct Method: Sendable {
        package enum Place: Sendable, Hashable {
            case filesystem(String)
            case network(String)
            /// From the origin's registry, which Martlet never asks.
            case direct
        }
        package var place: Place
        package var filter: ProviderFilter
    }
    package private(set) var methods: [Method] = []
    /// Folders with programs under development, which no version and no checksum holds for.
    package private(set) var overrides: [ProviderAddress: String] = [:]
    /// Nil where there is no such block, and Terraform looks in its usual folders.
    package private(set) var hasInstallation = false
    /// Tokens by host.
    private var tokens: [String: String] = [:]

    /// - Parameter file: for messages.
    package init(
        _ text: String, file: String, defaultHost: String = ProviderAddress.terraformHost
    ) throws(PackageError) {
        var reading = HCLReading(text, file: file)
        for item in try reading.body() {
            switch item.names.first {
            case "provider_installation":
                hasInstallation = true
                for method in try item.blocks(file) { try take(method, file, defaultHost) }
            case "credentials":
                for host in try item.labelled(file) {
                    guard let name = host.names.first, let token = host.attribute("token")?.string else {
                        continue
                    }
                    tokens[
                        try Self.naming(file, host) { () throws(PackageError) in
                            try ProviderAddress.host(name)
                        }] =
                        token
                }
            default: continue
            }
        }
    }

    private mutating func take(_ item: HCLItem, _ file: String, _ defaultHost: String) throws(PackageError) {
        func known(_ keys: Set<String>) throws(PackageError) {
            for field in item.items where !keys.contains(field.names.first ?? "") {
                throw field.problem(
                    file, "'\((field.names.first ?? "").escapedForDisplay)' is not known here")
            }
        }
        let kind = item.names.first ?? ""
        if kind == "dev_overrides" {
            for entry in item.items {
                guard let name = entry.names.first, let path = entry.value.string else {
                    throw entry.problem(file, "a folder's path is needed")
                }
                let address = try Self.naming(file, entry) { () throws(PackageError) in
                    try ProviderAddress(name, defaultHost: defaultHost)
                }
                overrides[address] = path
            }
            return
        }
        let place: Method.Place
        switch kind {
        case "filesystem_mirror":
            try known(["path", "include", "exclude"])
            guard let path = item.attribute("path")?.string, !path.isEmpty else {
                throw item.problem(file, "filesystem_mirror needs 'path'")
            }
            place = .filesystem(path)
        case "network_mirror":
            try known(["url", "include", "exclude", "download_retry_count"])
            guard let url = item.attribute("url")?.string, !url.isEmpty else {
                throw item.problem(file, "network_mirror needs 'url'")
            }
            place = .network(url)
        case "direct":
            try known(["include", "exclude", "download_retry_count"])
            place = .direct
        default:
            throw item.problem(
                file, "'\(kind.escapedForDisplay)' is no way that packages are got by",
                hint: "there are filesystem_mirror, network_mirror, direct and dev_overrides")
        }
        let filter = try Self.naming(file, item) { () throws(PackageError) in
            try ProviderFilter(
                include: item.attribute("include")?.strings,
                exclude: item.attribute("exclude")?.strings ?? [],
                defaultHost: defaultHost)
        }
        methods.append(Method(place: place, filter: filter))
    }

    private static func naming<Result>(
        _ file: String, _ item: HCLItem, _ body: () throws(PackageError) -> Result
    ) throws(PackageError) -> Result {
        do throws(PackageError) { return try body() } catch {
            throw item.problem(file, error.message, hint: error.hint)
        }
    }

    /// What a mirror's server is shown: from `TF_TOKEN_…` of the environment first, dots of the host as `_` and dashes as
    /// `__`, then from a `credentials` block.
    package func token(for url: String, environment: [String: String]) -> String? {
        guard let parts = URLComponents(string: url), let name = parts.host,
            let host = try? ProviderAddress.host(parts.port.map { "\(name):\($0)" } ?? name)
        else { return nil }
        let variable = host.replacing("-", with: "__").replacing(".", with: "_")
        return environment["TF_TOKEN_\(variable)"] ?? tokens[host]
    }

    /// Where Terraform looks where it is told nothing (developer.hashicorp.com/terraform/cli/config/config-file), but
    /// for the current folder.
    package static func impliedFolders(home: String, environment: [String: String]) -> [String] {
        let data = environment["XDG_DATA_HOME"] ?? "\(home)/.local/share"
        let shared = (environment["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(separator: ":")
        return ["\(home)/.terraform.d/plugins", "\(data)/terraform/plugins"]
            + shared.map { "\($0)/terraform/plugins" }
    }
}
