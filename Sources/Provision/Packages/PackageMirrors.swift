import Model

/// All places that packages may come from, in order: the first that has one gives it.
package struct PackageMirrors: Sendable {
    package enum Place: Sendable {
        case directory(DirectoryMirror)
        case network(NetworkMirror)
    }
    package struct Mirror: Sendable {
        package var place: Place
        /// All of these have to take a provider for it to be asked.
        package var filters: [ProviderFilter]
        package init(_ place: Place, _ filters: [ProviderFilter] = []) {
            (self.place, self.filters) = (place, filters)
        }
    }
    package let mirrors: [Mirror]
    package init(_ mirrors: [Mirror]) { self.mirrors = mirrors }

    private func places(for provider: ProviderAddress) -> [Place] {
        mirrors.filter { $0.filters.allSatisfy { $0.takes(provider) } }.map(\.place)
    }

    /// Every version that any of them has for a platform that is asked for, oldest first.
    package func versions(
        of provider: ProviderAddress, for platform: ProviderPlatform
    ) async throws(PackageError) -> [ProviderVersion] {
        var versions: Set<ProviderVersion> = []
        for place in places(for: provider) {
            switch place {
            case .directory(let mirror):
                let packages = try mirror.packages(of: provider).filter { $0.platform == platform }
                versions.formUnion(packages.map(\.version))
            // It says which platforms there are version by version only.
            case .network(let mirror): versions.formUnion(try await mirror.versions(of: provider))
            }
        }
        return versions.sorted()
    }

    /// The first that has the package; nil where none has.
    package func locate(
        _ provider: ProviderAddress, _ version: ProviderVersion, _ platform: ProviderPlatform
    ) async throws(PackageError) -> PackageLocation? {
        for place in places(for: provider) {
            let found: PackageLocation?
            switch place {
            case .directory(let mirror):
                found = try mirror.packages(of: provider).first {
                    $0.version == version && $0.platform == platform
                }
            case .network(let mirror): found = try await mirror.locate(provider, version, platform)
            }
            if let found { return found }
        }
        return nil
    }

    /// Where a provider would be looked for, for people.
    package func names(for provider: ProviderAddress) -> [String] {
        places(for: provider).map {
            switch $0 {
            case .directory(let mirror): mirror.path
            case .network(let mirror): mirror.url.escapedForDisplay
            }
        }
    }

    func network(_ url: String) -> NetworkMirror? {
        mirrors.lazy.compactMap { mirror -> NetworkMirror? in
            if case .network(let place) = mirror.place, place.url == url { place } else { nil }
        }.first
    }
}
