import Testing

@testable import ProviderPackages

/// What will do is held to what github.com/apparentlymart/go-versions, which Terraform uses, answers.
@Suite struct VersionTests {
    @Test(arguments: [
        ("~> 5.0", ["5.0.0", "5.100.0"], ["4.99.0", "6.0.0", "5.1.0-beta1"]),
        ("~> 5.0.0", ["5.0.0", "5.0.9"], ["5.1.0"]),
        ("~> 5", ["5.0.0", "5.9.0"], ["6.0.0"]),
        ("5.1", ["5.1.0"], ["5.1.1", "5.0.9"]),
        ("= 1.2.3", ["1.2.3"], ["1.2.3-rc1", "1.2.3+meta", "1.2.4"]),
        (">= 1.2, != 1.4.1, < 2", ["1.2.0", "1.4.0"], ["1.4.1", "2.0.0", "1.1.9", "2.0.0-beta1"]),
        (">1.0,<=1.2.0", ["1.0.1", "1.2.0"], ["1.0.0", "1.2.1"]),
        ("1.0.0-beta1", ["1.0.0-beta1"], ["1.0.0-beta2", "1.0.0"]),
        (">= 1.0.0-beta1", ["1.0.0"], ["1.0.0-beta1", "1.0.0-beta2"]),
        ("1.0.0-beta1, > 2", [], ["1.0.0-beta1", "3.0.0"]),
        ("~> 1.2.0-rc1", ["1.2.0", "1.2.7"], ["1.2.0-rc1", "1.3.0"]),
    ])
    func `constraints allow what Terraform's do`(text: String, allowed: [String], refused: [String]) throws {
        let constraints = try VersionConstraints(text)
        for version in allowed { #expect(constraints.allows(try ProviderVersion(version)), "\(version)") }
        for version in refused { #expect(!constraints.allows(try ProviderVersion(version)), "\(version)") }
    }

    @Test func `anything released will do where nothing is asked for`() throws {
        #expect(VersionConstraints.any.allows(try ProviderVersion("0.0.1")))
        #expect(!VersionConstraints.any.allows(try ProviderVersion("1.0.0-alpha")))
        let both = try VersionConstraints(">= 1").and(try VersionConstraints("< 2, >= 1"))
        #expect(both.description == ">= 1, < 2")
    }

    @Test func `versions have the order of semver`() throws {
        let texts = [
            "0.9.0", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
            "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0+build", "1.0.1",
            "1.10.0",
        ]
        let versions = try texts.map { try ProviderVersion($0) }
        #expect(versions.reversed().sorted().map(\.description) == texts)
    }

    @Test(arguments: [
        "", "v1.0.0", "1.0.0.0", "1..0", "1.x", "1.0.0 ", "-1", "1.0.0-", "99999999999999999999", "1.0.0-é",
    ])
    func `what is no version is refused`(text: String) {
        #expect(throws: PackageError.self) { try ProviderVersion(text) }
    }

    @Test(arguments: ["", "~>", "^1.0", "1.0 || 2.0", "1.0, ", "> v1", ">= 1.0 < 2", "=> 1", "~> 1.*"])
    func `what is no constraint is refused`(text: String) {
        #expect(throws: PackageError.self) { try VersionConstraints(text) }
    }
}
