import Model

/// Where a provider is at home: `registry.terraform.io/hashicorp/aws`. Its name everywhere; not where it is got from.
package struct ProviderAddress: Hashable, Sendable, Comparable {
    /// In lower case, without its scheme's usual port.
    package let host: String
    package let namespace: String
    package let type: String

    /// What Terraform, and what OpenTofu, writes before an address that names no host.
    package static let terraformHost = "registry.terraform.io"
    package static let openTofuHost = "registry.opentofu.org"

    /// `aws`, `hashicorp/aws` or `registry.example/hashicorp/aws`.
    package init(_ text: String, defaultHost: String = terraformHost) throws(PackageError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count) else {
            throw PackageError(
                "'\(text.escapedForDisplay)' is no provider's address",
                hint: "write NAMESPACE/TYPE, or HOST/NAMESPACE/TYPE")
        }
        host = try Self.host(parts.count == 3 ? parts[0] : defaultHost)
        namespace = try Self.part(parts.count > 1 ? parts[parts.count - 2] : "hashicorp", of: text)
        type = try Self.part(parts[parts.count - 1], of: text)
        if type.hasPrefix("terraform-provider-") {
            throw PackageError(
                "'\(text.escapedForDisplay)' names a repository or a program, and no provider",
                hint: "write \(namespace)/\(type.dropFirst("terraform-provider-".count))")
        }
    }

    /// A host as it is compared: `Registry.Example:443` is `registry.example`.
    package static func host(_ text: String) throws(PackageError) -> String {
        let pieces = text.lowercased().split(separator: ":", omittingEmptySubsequences: false)
        let labels = (pieces.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.count > 1 && labels.allSatisfy { isLabel($0) } || pieces.first == "localhost"
        let port = pieces.count == 2 ? Int(pieces[1]).flatMap { (1...65_535).contains($0) ? $0 : nil } : nil
        guard isName, pieces.count == 1 || port != nil else {
            throw PackageError(
                "'\(text.escapedForDisplay)' is no host of a registry", hint: "write registry.terraform.io")
        }
        let name = String(pieces[0])
        return port.map { $0 == 443 ? name : "\(name):\($0)" } ?? name
    }

    private static func part(_ text: String, of address: String) throws(PackageError) -> String {
        let part = text.lowercased()
        guard isLabel(Substring(part)), !part.contains("--") else {
            throw PackageError(
                "'\(address.escapedForDisplay)' is no provider's address: '\(text.escapedForDisplay)' is no name in it",
                hint: "a name has letters, digits and single dashes, and no dash at an end")
        }
        return part
    }
    private static func isLabel(_ text: Substring) -> Bool {
        (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d }
    }

    package static func < (one: ProviderAddress, other: ProviderAddress) -> Bool {
        (one.host, one.namespace, one.type) < (other.host, other.namespace, other.type)
    }
}

extension ProviderAddress: CustomStringConvertible {
    /// Whole.
    package var description: String { "\(host)/\(namespace)/\(type)" }
    /// As people write it: without Terraform's own host.
    package var short: String { host == Self.terraformHost ? "\(namespace)/\(type)" : description }
}

/// What a provider's program is built for: `linux_amd64`.
package struct ProviderPlatform: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let system: String
    package let architecture: String

    package init(_ text: String) throws(PackageError) {
        let parts = text.lowercased().split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber } })
        else {
            throw PackageError("'\(text.escapedForDisplay)' is no platform", hint: "write linux_amd64")
        }
        (system, architecture) = (String(parts[0]), String(parts[1]))
    }
    private init(system: String, architecture: String) {
        (self.system, self.architecture) = (system, architecture)
    }

    /// This machine's.
    package static var current: ProviderPlatform {
        #if arch(arm64)
            ProviderPlatform(system: "linux", architecture: "arm64")
        #else
            ProviderPlatform(system: "linux", architecture: "amd64")
        #endif
    }
    package var description: String { "\(system)_\(architecture)" }
    package static func < (one: ProviderPlatform, other: ProviderPlatform) -> Bool {
        one.description < other.description
    }
}
