import Model
import ProviderPackages

/// Finds out what the configured providers' packages are, and pins them.
struct ProviderLocking {
    /// What became of one provider.
    struct Line: Sendable, Equatable {
        var provider: ProviderAddress
        var text: String
    }
    let sources: ProviderSources
    /// What a machine needs that is not this one.
    var platforms: Set<ProviderPlatform>
    /// Takes the newest version that will do, instead of the one that is pinned.
    var upgrades: Bool
    private(set) var lock = ProviderLock()
    private(set) var lines: [Line] = []

    init(_ sources: ProviderSources, platforms: Set<ProviderPlatform>, upgrades: Bool) {
        (self.sources, self.upgrades) = (sources, upgrades)
        self.platforms = platforms.isEmpty ? [.current] : platforms
    }

    mutating func pin(_ wanted: [ProviderAddress: VersionConstraints]) async throws(PackageError) {
        for (provider, constraints) in wanted.sorted(by: { $0.key < $1.key }) {
            try await pin(provider, constraints)
        }
        for provider in sources.lock.pins.keys.sorted() where wanted[provider] == nil {
            lines.append(Line(provider: provider, text: "taken out: nothing asks for it"))
        }
    }

    private mutating func pin(
        _ provider: ProviderAddress, _ constraints: VersionConstraints
    ) async throws(PackageError) {
        let before = sources.lock.pins[provider]
        let version = try await version(of: provider, constraints, before)
        var pin = ProviderLock.Pin(version, constraints: constraints.description)
        var places: Set<String> = []
        for platform in platforms.union(before?.hashes.keys.map { $0 } ?? []).sorted() {
            let known = before?.version == version ? before?.hashes[platform] : nil
            guard let location = try await sources.mirrors.locate(provider, version, platform) else {
                guard let known else {
                    throw PackageStore.missing(provider, version, platform, sources.mirrors)
                }
                pin.hashes[platform] = known
                continue
            }
            let got = try await sources.store.get(location, from: sources.mirrors, pinned: known)
            pin.hashes[platform] = Set((known ?? []) + [got.files, got.archive].compactMap(\.self)).sorted()
            places.insert(location.mirror)
        }
        lock.pins[provider] = pin
        lines.append(Line(provider: provider, text: Self.words(pin, before, places)))
    }

    private func version(
        of provider: ProviderAddress, _ constraints: VersionConstraints, _ before: ProviderLock.Pin?
    ) async throws(PackageError) -> ProviderVersion {
        if let before, !upgrades, constraints.allows(before.version) { return before.version }
        let all = try await sources.mirrors.versions(of: provider, for: platforms.sorted().first ?? .current)
        if let newest = all.last(where: constraints.allows) { return newest }
        guard let newest = all.last else {
            throw PackageStore.missing(provider, nil, platforms.sorted().first ?? .current, sources.mirrors)
        }
        throw PackageError(
            "no mirror has a version of \(provider.short) that '\(constraints)' allows",
            hint: "the newest there is \(newest)")
    }

    private static func words(
        _ pin: ProviderLock.Pin, _ before: ProviderLock.Pin?, _ places: Set<String>
    ) -> String {
        let platforms = pin.hashes.keys.sorted().map(\.description).joined(separator: ", ")
        let from =
            places.isEmpty ? "" : ", from \(places.sorted().map(\.escapedForDisplay).joined(separator: ", "))"
        guard let before else { return "\(pin.version) pinned for \(platforms)\(from)" }
        if before == pin { return "\(pin.version) as it was" }
        if before.version == pin.version { return "\(pin.version) pinned for \(platforms)\(from)" }
        return "\(before.version) → \(pin.version), for \(platforms)\(from)"
    }
}
