import ChildProcess
import Fixtures
import Foundation
import ProviderPackages
import Testing

/// `martlet providers` and `martlet providers lock`.
@Suite struct ProvidersCommandTests {
    private let session: Session
    private var mirror: String { "\(session.folder.path)/mirror" }
    private let platform = ProviderPlatform.current

    init() throws {
        session = try Session()
        try configure("~> 1.0")
        for version in ["1.0.0", "1.2.0", "2.0.0"] { try put(version) }
    }
    private func configure(_ version: String, _ more: String = "") throws {
        try session.folder.write(
            """
            providers: {mirrors: [{filesystem: \(mirror)}]}
            engines:
              cloud: {type: terraform, source: registry.example/acme/cloud, version: "\(version)"}
            \(more)
            """, to: "config/martlet/martlet.yaml")
    }
    private func put(_ version: String, platform: String? = nil, program: String = "#!/bin/sh\n") throws {
        let file = try session.folder.write(
            program,
            to:
                "mirror/registry.example/acme/cloud/\(version)/\(platform ?? self.platform.description)/terraform-provider-cloud_v\(version)"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    }
    private var lock: String {
        get throws {
            try String(
                contentsOfFile: "\(session.folder.path)/config/martlet/providers.lock.yaml", encoding: .utf8)
        }
    }

    @Test func `the newest that will do is pinned, and stays until somebody asks for another`() async throws {
        let first = try await session.run("providers")
        #expect(
            first.redacted(session.folder).contains(
                "! cloud: registry.example/acme/cloud is not pinned\n  hint: run 'martlet providers lock'")
                || first.output.contains(
                    "! cloud: registry.example/acme/cloud is not pinned\n  hint: run 'martlet providers lock'"
                ), "\(first)")
        let locked = try await session.run("providers", "lock")
        #expect(locked.code == 0, "\(locked)")
        #expect(
            locked.output.contains(
                "registry.example/acme/cloud  1.2.0 pinned for \(platform), from \(mirror)"),
            "\(locked.output)")
        #expect(
            try lock.contains(
                "    version: \"1.2.0\"\n    constraints: \"~> 1.0\"\n    hashes:\n      \(platform):\n        - \"h1:"
            ))
        let listed = try await session.run("providers")
        #expect(
            listed.output.contains("cloud   registry.example/acme/cloud  ~> 1.0  1.2.0   1.2.0  -"),
            "\(listed.output)")
        #expect(!listed.output.contains("!"))
        try put("1.3.0")
        let again = try await session.run("providers", "lock")
        #expect(
            again.output.contains("1.2.0 as it was") && again.output.contains("is as it was"),
            "\(again.output)")
        #expect(try await session.run("providers").output.contains("1.2.0   1.3.0"))
        let upgraded = try await session.run("providers", "lock", "--upgrade")
        #expect(upgraded.output.contains("1.2.0 → 1.3.0"), "\(upgraded.output)")
        #expect(try lock.contains("\"1.3.0\""))
    }

    @Test func `another package of the pinned version is refused`() async throws {
        _ = try await session.run("providers", "lock")
        let before = try lock
        try put("1.2.0", program: "#!/bin/sh\necho cheated\n")
        let refused = try await session.run("providers", "lock")
        #expect(refused.code == 1)
        #expect(
            refused.errors.contains(
                "the package of registry.example/acme/cloud 1.2.0 from \(mirror) is not the one that is pinned"
            ), "\(refused.errors)")
        #expect(try lock == before)
    }

    @Test func `other platforms are pinned beside this one`() async throws {
        try put("1.2.0", platform: "plan9_mips")
        let locked = try await session.run(
            "providers", "lock", "--platform", "plan9_mips", "--platform", platform.description)
        #expect(locked.code == 0, "\(locked)")
        #expect(try lock.contains("      plan9_mips:\n") && lock.contains("      \(platform):\n"))
        let missing = try await session.run("providers", "lock", "--platform", "plan9_vax")
        #expect(
            missing.errors.contains(
                "registry.example/acme/cloud 1.2.0 for plan9_vax is in none of \(mirror)"),
            "\(missing.errors)")
    }

    @Test func `what nobody allows, and what nobody asks for, is said`() async throws {
        _ = try await session.run("providers", "lock")
        try configure("~> 3.0")
        let refused = try await session.run("providers", "lock")
        #expect(
            refused.errors
                == "error: no mirror has a version of registry.example/acme/cloud that '~> 3.0' allows\n  hint: the newest there is 2.0.0\n"
        )
        #expect(
            try await session.run("providers").output.contains(
                "is pinned to 1.2.0, and '~> 3.0' is asked for"))
        try session.folder.write("name: empty\n", to: "config/martlet/martlet.yaml")
        #expect(try await session.run("providers", "lock").output.contains("taken out: nothing asks for it"))
        #expect(try lock.hasSuffix("providers: {}\n"))
        #expect(try await session.run("providers").output.hasPrefix("no provider is configured"))
    }

    @Test func `a configuration whose providers are not pinned is not fit for use`() async throws {
        let unpinned = try await session.run("serve", "--check-config")
        #expect(
            unpinned.errors
                == "error: engine 'cloud': registry.example/acme/cloud is not pinned\n  hint: run 'martlet providers lock', and review what it writes\n"
        )
        _ = try await session.run("providers", "lock")
        let pinned = try await session.run("serve", "--check-config")
        #expect(pinned.code == 0 && pinned.output.contains("cloud (terraform)"), "\(pinned)")
    }

    @Test func `a lock that somebody broke is said with its place`() async throws {
        try session.folder.write(
            "providers:\n  a/b: {version: 1, hash: x}\n", to: "config/martlet/providers.lock.yaml")
        let broken = try await session.run("providers")
        #expect(broken.code == 1)
        #expect(
            broken.errors.contains("providers.lock.yaml:2:21: error: unknown key 'hash'"), "\(broken.errors)")
    }

    @Test func `Terraform's own configuration names the mirror where ours names none`() async throws {
        try session.folder.write(
            "engines: {cloud: {type: terraform, source: registry.example/acme/cloud}}\n",
            to: "config/martlet/martlet.yaml")
        try session.folder.write(
            """
            provider_installation {
              dev_overrides { "acme/other" = "/nowhere" }
              filesystem_mirror { path = "\(mirror)" include = ["registry.example/*/*"] }
              direct {}
            }
            """, to: "terraform.rc")
        var command = session.command(["providers", "lock"])
        command.environment["TF_CLI_CONFIG_FILE"] = "\(session.folder.path)/terraform.rc"
        let locked = try await session.run(command)
        #expect(locked.code == 0, "\(locked)")
        #expect(locked.output.contains("2.0.0 pinned"), "\(locked.output)")
        #expect(
            locked.errors.contains("warning: dev_overrides of acme/other is passed over"), "\(locked.errors)")
    }
}
