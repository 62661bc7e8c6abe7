import Fixtures
import Foundation
import Model
import ProviderPackages
import Testing

@testable import martlet

@Suite struct ProviderSettingsTests {
    private func read(_ text: String) throws -> Configuration {
        try Configuration.parse(Data(text.utf8), file: "/etc/martlet/martlet.yaml")
    }
    private func problems(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch { return (error as? ConfigurationError)?.problems.map(\.description) ?? ["\(error)"] }
    }

    @Test func `a provider is an engine with its source, version, configuration and credentials`() throws {
        let configuration = try read(
            """
            engines:
              aws-eu:
                type: terraform
                source: hashicorp/aws
                version: "~> 5.0"
                config:
                  region: eu-central-1
                  secret_key: {store: vault, path: kv/aws, key: secret_key}
                  assume_role: [{role_arn: "arn:aws:iam::1:role/martlet", external_id: {env: EXTERNAL}}]
                environment: {AWS_PROFILE: shop, AWS_TOKEN: {file: aws.token}}
                preview: {config: {region: eu-central-1}, environment: {AWS_PROFILE: reader}}
                safeForPreviews: true
                idle: 5m
                stepLimit: 2h
                sweep: 10m
                sweeps: {aws_iam_role: 1h}
            """)
        let engine = try #require(configuration.engines["aws-eu"])
        let settings = try #require(engine.terraform)
        #expect(settings.source.description == "registry.terraform.io/hashicorp/aws")
        #expect(settings.version.description == "~> 5.0")
        #expect(settings.access.config["region"] == .scalar(.string("eu-central-1")))
        #expect(
            settings.access.secrets == [
                .own(.environment("EXTERNAL")), .stored(store: "vault", path: "kv/aws", key: "secret_key"),
                .own(.file("/etc/martlet/aws.token")),
            ])
        #expect(settings.access.environment["AWS_PROFILE"] == .plain("shop"))
        #expect(settings.preview?.environment == ["AWS_PROFILE": .plain("reader")])
        #expect(settings.isSafeForPreviews)
        #expect(settings.idle == Span("5m") && settings.stepLimit == Span("2h"))
        #expect(settings.sweeps == ["aws_iam_role": Span(milliseconds: 3_600_000)])
        #expect(engine.sweep == Span("10m"))
    }

    @Test func `mirrors are folders, servers, or what Terraform's own configuration names`() throws {
        let providers = try read(
            """
            providers:
              host: Registry.OpenTofu.org
              lock: locks/providers.yaml
              mirrors:
                - {filesystem: providers, include: [hashicorp/*]}
                - {network: "https://mirror.example/providers/", token: {env: MIRROR_TOKEN}}
                - {cli: /etc/terraform.rc}
            engines: {random: {type: terraform, source: hashicorp/random}}
            """
        ).providers
        #expect(providers.host == "registry.opentofu.org")
        #expect(providers.lock == "/etc/martlet/locks/providers.yaml")
        let mirrors = try #require(providers.mirrors)
        #expect(
            mirrors.map(\.place) == [
                .filesystem("/etc/martlet/providers"),
                .network(
                    "https://mirror.example/providers/", token: .environment("MIRROR_TOKEN"), caFile: nil),
                .cli("/etc/terraform.rc"),
            ])
        let tofu = try ProviderAddress("registry.opentofu.org/hashicorp/random")
        #expect(mirrors[0].filter.takes(tofu))
        #expect(!mirrors[0].filter.takes(try ProviderAddress("hashicorp/random")))
    }

    @Test func `what can't be meant is said with its place`() {
        let text = """
            providers:
              mirrors:
                - {filesystem: a, network: "https://mirror.example/"}
                - {network: "http://mirror.example/", include: ["a/b/c/d"]}
                - {network: "http://127.0.0.1/", token: {env: T}}
            engines:
              none: {type: terraform}
              bad: {type: terraform, source: hashicorp/terraform-provider-aws, version: "=> 5"}
              host: {type: host, source: hashicorp/aws}
              env: {type: terraform, source: a/b, environment: {A: {file: a, env: b}}, idle: 10ms}
            """
        #expect(
            problems(text) == [
                "/etc/martlet/martlet.yaml:3:7: error: a mirror is in one place: 'filesystem', 'network' or 'cli'",
                "/etc/martlet/martlet.yaml:4:7: error: 'a/b/c/d' is no provider's address\n  hint: write NAMESPACE/TYPE, or HOST/NAMESPACE/TYPE",
                "/etc/martlet/martlet.yaml:4:17: error: over http anybody on the way could put another program there\n  hint: write https://…",
                "/etc/martlet/martlet.yaml:5:17: error: http shows the token to everybody on the way\n  hint: write https://…",
                "/etc/martlet/martlet.yaml:7:9: error: type terraform needs 'source'\n  hint: write 'source: hashicorp/aws'",
                "/etc/martlet/martlet.yaml:8:34: error: 'hashicorp/terraform-provider-aws' names a repository or a program, and no provider\n  hint: write hashicorp/aws",
                "/etc/martlet/martlet.yaml:8:77: error: '=>' compares nothing\n  hint: did you mean '>='?",
                "/etc/martlet/martlet.yaml:9:30: error: 'source' says nothing to type host",
                "/etc/martlet/martlet.yaml:10:56: error: a secret is in one place: 'file', 'env', or 'store' with 'path' and 'key'\n  hint: write {store: vault, path: kv/aws, key: secret_key}",
                "/etc/martlet/martlet.yaml:10:82: error: '10ms' is less than a second\n  hint: write 1s or more",
            ])
    }

    @Test func `nobody may make files where programs of providers come from`() throws {
        let configuration = try read(
            """
            providers: {mirrors: [{filesystem: /srv/providers}], lock: /srv/lock.yaml}
            engines: {aws: {type: terraform, source: hashicorp/aws, config: {key: {file: /srv/key}}}}
            """)
        #expect(configuration.ownPaths.isSuperset(of: ["/srv/providers", "/srv/lock.yaml", "/srv/key"]))
    }

    @Test func `no provider is there where nothing is configured`() throws {
        #expect(try read("{}").namedEngines.keys.sorted() == ["host", "registry", "sealed", "supervisor"])
    }
}
