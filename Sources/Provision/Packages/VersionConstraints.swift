import Model

/// Which versions will do, as Terraform and OpenTofu read it: `~> 5.0`, `>= 1.2, != 1.4.1, < 2`. All parts must hold.
package struct VersionConstraints: Hashable, Sendable {
    enum Comparison: String, Sendable, CaseIterable {
        /// Longest first, as they are read.
        case notEqual = "!="
        case atLeast = ">="
        case atMost = "<="
        case pessimistic = "~>"
        case equal = "="
        case newer = ">"
        case older = "<"
    }
    struct Part: Hashable, Sendable {
        var comparison: Comparison
        var version: ProviderVersion
        /// How many of the version's numbers were written: `~> 1.2` keeps the first, `~> 1.2.0` the first two.
        var written: Int
    }
    private(set) var parts: [Part]

    /// Any released version.
    package static let any = VersionConstraints(parts: [])
    init(parts: [Part]) { self.parts = parts }

    package init(_ text: String) throws(PackageError) {
        var parts: [Part] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            var reading = VersionReading(piece)
            reading.skipSpaces()
            let comparison = Comparison.allCases.first { reading.take($0.rawValue) } ?? .equal
            reading.skipSpaces()
            guard let (version, written) = reading.version() else { throw Self.problem(text, piece) }
            reading.skipSpaces()
            guard reading.isAtEnd else { throw Self.problem(text, piece) }
            parts.append(Part(comparison: comparison, version: version, written: written))
        }
        self.parts = parts
    }

    private static func problem(_ text: String, _ piece: Substring) -> PackageError {
        let swapped = ["=>": ">=", "=<": "<="].first { piece.drop { $0 == " " }.hasPrefix($0.key) }
        if let (found, meant) = swapped {
            return PackageError("'\(found)' compares nothing", hint: "did you mean '\(meant)'?")
        }
        return PackageError(
            "'\(text.escapedForDisplay)' says nothing about versions",
            hint: "write '~> 5.0', '>= 5.1, < 6', or one version, with no 'v' before it")
    }

    /// A pre-release will do only where a part names it exactly.
    package func allows(_ version: ProviderVersion) -> Bool {
        guard parts.allSatisfy({ $0.allows(version) }) else { return false }
        return !version.isPrerelease
            || parts.contains { $0.comparison == .equal && $0.version == version }
    }
    /// Both must hold.
    package func and(_ other: VersionConstraints) -> VersionConstraints {
        VersionConstraints(parts: parts + other.parts.filter { !parts.contains($0) })
    }
}

extension VersionConstraints.Part {
    func allows(_ candidate: ProviderVersion) -> Bool {
        // Metadata counts where one version is meant, and nowhere else.
        if comparison == .equal { return candidate == version }
        if comparison == .notEqual { return candidate != version }
        var (low, candidate) = (version, candidate)
        (low.metadata, candidate.metadata) = ("", "")
        return switch comparison {
        case .newer: candidate > low
        case .atLeast: candidate >= low
        case .older: candidate < low
        case .atMost: candidate <= low
        default: candidate >= low && candidate < end(of: low)
        }
    }

    /// What `~>` stops before.
    private func end(of low: ProviderVersion) -> ProviderVersion {
        let keepsMinor = written == 3
        return ProviderVersion(
            keepsMinor ? low.major : Self.next(low.major), keepsMinor ? Self.next(low.minor) : 0, 0)
    }
    private static func next(_ number: Int) -> Int { number == .max ? .max : number + 1 }
}

extension VersionConstraints: CustomStringConvertible {
    package var description: String { parts.map(\.description).joined(separator: ", ") }
}

extension VersionConstraints.Part: CustomStringConvertible {
    var description: String {
        let numbers = [version.major, version.minor, version.patch].prefix(written).map(String.init)
        let extra =
            (version.prerelease.isEmpty ? "" : "-\(version.prerelease)")
            + (version.metadata.isEmpty ? "" : "+\(version.metadata)")
        let text = numbers.joined(separator: ".") + extra
        return comparison == .equal ? text : "\(comparison.rawValue) \(text)"
    }
}
