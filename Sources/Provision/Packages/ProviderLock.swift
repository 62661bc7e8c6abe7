package import Model

/// Which version of each provider may be started, and what its package's checksums are. A file of its own beside the
/// configuration, written by `martlet providers lock` and read by people before it counts.
package struct ProviderLock: Hashable, Sendable {
    package struct Pin: Hashable, Sendable {
        package var version: ProviderVersion
        /// What was asked for when it was pinned, for people.
        package var constraints: String
        package var hashes: [ProviderPlatform: [PackageHash]]

        package init(
            _ version: ProviderVersion, constraints: String, hashes: [ProviderPlatform: [PackageHash]] = [:]
        ) {
            (self.version, self.constraints, self.hashes) = (version, constraints, hashes)
        }
    }
    package var pins: [ProviderAddress: Pin]
    package init(_ pins: [ProviderAddress: Pin] = [:]) { self.pins = pins }

    /// The file's schema.
    package static let fields: [Field] = [
        Field(
            "providers",
            .map(
                .object([
                    Field("version", .string, required: true, "The one version that may be started."),
                    Field("constraints", .string, default: .string(""), "What was asked for."),
                    Field(
                        "hashes", .map(.list(.string)), default: .map([:]),
                        "Checksums of its package by platform."),
                ])), default: .map([:]), "Pins by the provider's whole address.")
    ]

    /// What stands in the file, as `fields` have it.
    package init(_ value: Value) throws(PackageError) {
        pins = [:]
        for (name, item) in (value["providers"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
            var pin = Pin(
                try ProviderVersion(item["version"]?.string ?? ""),
                constraints: item["constraints"]?.string ?? "")
            for (platform, hashes) in (item["hashes"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
                var read: [PackageHash] = []
                for text in hashes.strings { read.append(try PackageHash(text)) }
                pin.hashes[try ProviderPlatform(platform)] = read
            }
            pins[try ProviderAddress(name)] = pin
        }
    }

    /// The file itself: one order, so that a change of it reads well.
    package var text: String {
        var lines = [
            "# Written by 'martlet providers lock': which providers may be started. Review its changes like a program's.",
            pins.isEmpty ? "providers: {}" : "providers:",
        ]
        for (address, pin) in pins.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(address):")
            lines.append("    version: \"\(pin.version)\"")
            if !pin.constraints.isEmpty { lines.append("    constraints: \"\(pin.constraints)\"") }
            lines.append("    hashes:")
            for (platform, hashes) in pin.hashes.sorted(by: { $0.key < $1.key }) {
                lines.append("      \(platform):")
                lines += hashes.sorted().map { "        - \"\($0)\"" }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The pin that a configured provider is started by.
    package func pin(
        of provider: ProviderAddress, within constraints: VersionConstraints
    ) throws(PackageError) -> Pin {
        let lock = "run 'martlet providers lock', and review what it writes"
        guard let pin = pins[provider] else {
            throw PackageError("\(provider.short) is not pinned", hint: lock)
        }
        guard constraints.allows(pin.version) else {
            throw PackageError(
                "\(provider.short) is pinned to \(pin.version), and '\(constraints)' is asked for", hint: lock
            )
        }
        return pin
    }
}

extension ProviderLock.Pin {
    /// What this machine's package has to be.
    func files(of provider: ProviderAddress, for platform: ProviderPlatform) throws(PackageError)
        -> PackageHash
    {
        guard let hash = hashes[platform]?.first(where: { $0.scheme == .files }) else {
            throw PackageError(
                "\(provider.short) \(version) is not pinned for \(platform)",
                hint: "run 'martlet providers lock --platform \(platform)', and review what it writes")
        }
        return hash
    }
}
