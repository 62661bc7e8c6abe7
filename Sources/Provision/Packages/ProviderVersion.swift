import Model

/// A provider's version, by the rules of semver.org 2.0.0: `5.100.0`, `1.2.0-beta.2+build.7`.
package struct ProviderVersion: Hashable, Sendable {
    package var major: Int
    package var minor: Int
    package var patch: Int
    /// What stands behind the first `-`; empty for a release.
    package var prerelease = ""
    /// What stands behind `+`; says nothing about the order.
    package var metadata = ""

    package init(_ major: Int, _ minor: Int, _ patch: Int) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// As Terraform reads one: parts that are left out are zero.
    package init(_ text: String) throws(PackageError) {
        var reading = VersionReading(text)
        guard let (version, _) = reading.version(), reading.isAtEnd else {
            throw PackageError(
                "'\(text.escapedForDisplay)' is no version",
                hint: "write 1.2.3, or 1.2.3-beta1, with no 'v' before it")
        }
        self = version
    }
}

extension ProviderVersion: Comparable, CustomStringConvertible {
    package var isPrerelease: Bool { !prerelease.isEmpty }

    /// By precedence (semver.org 2.0.0, 11); two that differ in metadata only are ordered by it, so that a list has one
    /// order.
    package static func < (one: ProviderVersion, other: ProviderVersion) -> Bool {
        if one.core != other.core { return one.core.lexicographicallyPrecedes(other.core) }
        if one.prerelease == other.prerelease { return one.metadata < other.metadata }
        if one.prerelease.isEmpty || other.prerelease.isEmpty { return other.prerelease.isEmpty }
        let (mine, theirs) = (one.prerelease.split(separator: "."), other.prerelease.split(separator: "."))
        for (left, right) in zip(mine, theirs) where left != right {
            switch (Int(left), Int(right)) {
            case (let left?, let right?) where left != right: return left < right
            case (_?, nil): return true
            case (nil, _?): return false
            default: return left < right
            }
        }
        return mine.count < theirs.count
    }
    private var core: [Int] { [major, minor, patch] }

    package var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-\(prerelease)")
            + (metadata.isEmpty ? "" : "+\(metadata)")
    }
}

/// Reads versions off the front of a text.
struct VersionReading {
    private(set) var rest: Substring
    init(_ text: some StringProtocol) { rest = Substring(text) }

    var isAtEnd: Bool { rest.isEmpty }

    /// With how many of its three numbers were written; nil where there is none, or a fourth.
    mutating func version() -> (ProviderVersion, parts: Int)? {
        var numbers: [Int] = []
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), numbers.count < 3 else { return nil }
            numbers.append(number)
            rest = rest[digits.endIndex...]
        } while take(".")
        var version = ProviderVersion(
            numbers[0], numbers.count > 1 ? numbers[1] : 0, numbers.count > 2 ? numbers[2] : 0)
        if take("-") {
            guard let extra = extra() else { return nil }
            version.prerelease = extra
        }
        if take("+") {
            guard let extra = extra() else { return nil }
            version.metadata = extra
        }
        return (version, numbers.count)
    }

    mutating func take(_ prefix: String) -> Bool {
        guard rest.hasPrefix(prefix) else { return false }
        rest = rest.dropFirst(prefix.count)
        return true
    }
    mutating func skipSpaces() { rest = rest.drop { $0 == " " || $0 == "\t" } }

    private mutating func extra() -> String? {
        let text = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
        rest = rest[text.endIndex...]
        return text.isEmpty ? nil : String(text)
    }
}
