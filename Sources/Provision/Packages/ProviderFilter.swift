import Model

/// Which providers a mirror is asked for: what is included and not excluded, by addresses whose parts may be `*`.
package struct ProviderFilter: Hashable, Sendable {
    private struct Pattern: Hashable, Sendable {
        /// Nil for any.
        var (host, namespace, type): (String?, String?, String?)

        /// As an address, where `*` stands for any one part.
        init(_ text: String, defaultHost: String) throws(PackageError) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            // What stands for any part has to be a name for the rest to be read.
            let named = parts.map { $0 == "*" ? "any" : $0 }
            let isAnyHost = parts.count == 3 && parts[0] == "*"
            let whole = isAnyHost ? named.dropFirst().joined(separator: "/") : named.joined(separator: "/")
            let address = try ProviderAddress(whole, defaultHost: defaultHost)
            host = isAnyHost ? nil : address.host
            namespace = parts.dropLast().last == "*" ? nil : address.namespace
            type = parts.last == "*" ? nil : address.type
        }
        func matches(_ address: ProviderAddress) -> Bool {
            [(host, address.host), (namespace, address.namespace), (type, address.type)].allSatisfy {
                $0 == nil || $0 == $1
            }
        }
    }
    /// Nil for all.
    private var include: [Pattern]?
    private var exclude: [Pattern] = []

    /// Everything.
    package init() {}
    package init(
        include: [String]?, exclude: [String] = [], defaultHost: String = ProviderAddress.terraformHost
    ) throws(PackageError) {
        func patterns(_ texts: [String]) throws(PackageError) -> [Pattern] {
            var patterns: [Pattern] = []
            for text in texts { patterns.append(try Pattern(text, defaultHost: defaultHost)) }
            return patterns
        }
        if let include { self.include = try patterns(include) }
        self.exclude = try patterns(exclude)
    }

    package func takes(_ address: ProviderAddress) -> Bool {
        !exclude.contains { $0.matches(address) } && include?.contains { $0.matches(address) } ?? true
    }
}
