import HTTPClient
import Model
import ProviderPackages

extension Configuration {
    /// A configured Terraform provider: the engine of type `terraform`.
    struct TerraformSettings: Sendable, Equatable {
        var source: ProviderAddress
        var version = VersionConstraints.any
        var access = ProviderAccess()
        /// What previews are planned with; nil where they can look at nothing that needs the provider's server.
        var preview: ProviderAccess?
        var isSafeForPreviews = false
        var idle = Span(milliseconds: 600_000)
        var stepLimit = Span(milliseconds: 10_800_000)
        /// By type; the engine's own for the others.
        var sweeps: [String: Span] = [:]
    }
    /// What a provider is started and configured with.
    struct ProviderAccess: Sendable, Equatable {
        var config: [String: ProviderConfig] = [:]
        /// All of its environment, beside what the protocol needs.
        var environment: [String: ProviderText] = [:]
    }
    enum ProviderText: Sendable, Equatable {
        case plain(String)
        case secret(ProviderSecret)
    }
    /// A provider's configuration, with places where secrets go.
    indirect enum ProviderConfig: Sendable, Equatable {
        case scalar(Value)
        case secret(ProviderSecret)
        case list([ProviderConfig])
        case map([String: ProviderConfig])
    }
    enum ProviderSecret: Sendable, Hashable {
        case own(SecretPlace)
        /// Read through the store's engine whenever a provider is configured.
        case stored(store: String, path: String, key: String)
    }

    /// Where providers' packages come from, and which of them may be started.
    struct ProviderSettings: Sendable, Equatable {
        /// Of addresses that name none.
        var host = ProviderAddress.terraformHost
        /// Absolute path; nil for the usual one.
        var lock: String?
        /// Nil where Terraform's own configuration says it.
        var mirrors: [MirrorSettings]?
        /// Whether `dev_overrides` of Terraform's own configuration count.
        var allowsOverrides = false
    }
    struct MirrorSettings: Sendable, Equatable {
        enum Place: Sendable, Equatable {
            case filesystem(String)
            case network(String, token: SecretPlace?, caFile: String?)
            /// Terraform's CLI configuration, in a file.
            case cli(String)
        }
        var place: Place
        var filter: ProviderFilter
    }

    static let secretPlaces = [
        Field("file", .string, "A file of mode 0600 that holds it."),
        Field("env", .string, "A variable of the controller's environment that holds it."),
        Field("store", .name, "An engine that keeps secrets, beside `path` and `key`."),
        Field("path", .string, "Where it is in `store`."),
        Field("key", .string, "Which part of it."),
    ]

    private static let environment = FieldType.map(.oneOf([.string, .object(secretPlaces)]))

    static let terraform: [Field] = [
        Field(
            "source", .string, "`terraform`: the provider's address.", example: "hashicorp/aws"),
        Field(
            "version", .string,
            "`terraform`: which versions will do, as Terraform reads it. Left out: any released one. One is pinned by "
                + "`martlet providers lock`.", example: "\"~> 5.0\""),
        Field(
            "config", .map(.any),
            "`terraform`: what the provider takes. Wherever a value may stand, `{file: …}`, `{env: …}` and "
                + "`{store: …, path: …, key: …}` are places of secrets, read whenever the provider is configured.",
            example:
                "{region: eu-central-1, secret_key: {store: vault, path: kv/aws, key: secret_key}}"),
        Field(
            "environment", environment,
            "`terraform`: the provider's whole environment; nothing of the controller's own gets there. Secrets as in "
                + "`config`.", example: "{AWS_PROFILE: shop, AWS_SECRET_ACCESS_KEY: {file: aws.key}}"),
        Field(
            "preview",
            .object([
                Field("config", .map(.any), "Instead of the engine's `config`."),
                Field("environment", environment, "Instead of the engine's `environment`."),
            ]),
            "`terraform`: credentials that previews are planned with: ones that may only read. Nothing of `config` and "
                + "`environment` is taken over. Left out: a preview says what it could not look at."),
        Field(
            "safeForPreviews", .bool, default: .bool(false),
            "`terraform`: whether a preview may read data sources, whose configuration comes from whoever opened the "
                + "request. Where not, they are known after the merge."),
        Field(
            "idle", .duration,
            "`terraform`: how long its process waits for work before it is stopped. Left out: 10m."),
        Field(
            "stepLimit", .duration,
            "`terraform`: how long making, changing or deleting one object may take whose manifest has no `timeouts`; a "
                + "minute more than those has one that has. Then the provider is told to stop, and its process ended. "
                + "Left out: 3h."),
        Field(
            "sweeps", .map(.duration),
            "`terraform`: how often what is of one type, or a data source of that type, is observed again, by type, "
                + "spread in time. Left out: as `sweep` says.",
            example: "{aws_iam_role: 1h, aws_instance: 2m}"),
    ]

    static let providerFields: [Field] = [
        Field(
            "host", .string, default: .string(ProviderAddress.terraformHost),
            "The registry of addresses that name none: \(ProviderAddress.terraformHost) for Terraform, "
                + "\(ProviderAddress.openTofuHost) for OpenTofu. No registry is ever asked."),
        Field(
            "lock", .string,
            "The file that pins each provider's version and checksums, written by `martlet providers lock`. Left out: "
                + "`providers.lock.yaml` beside this file.", example: "/etc/martlet/providers.lock.yaml"),
        Field(
            "mirrors", .list(.object(mirror)),
            "Where packages come from, the first that has one. Left out: what Terraform's own CLI configuration names "
                + "(`TF_CLI_CONFIG_FILE`, else `~/.terraformrc`, else `~/.tofurc`).",
            example: "[{filesystem: /srv/providers}, {network: \"https://mirror.example/providers/\"}]"),
        Field(
            "devOverrides", .bool, default: .bool(false),
            "Whether a `dev_overrides` block of Terraform's own configuration counts: the program there is started with "
                + "no version and no checksum. For machines on which providers are written."),
    ]

    private static let mirror: [Field] = [
        Field(
            "filesystem", .string,
            "A folder as `terraform providers mirror` writes it, or with unpacked packages: "
                + "`HOST/NAMESPACE/TYPE/VERSION/OS_ARCH`."),
        Field(
            "network", .string,
            "The address of a server that speaks the provider network mirror protocol.",
            example: "https://mirror.example/providers/"),
        Field("token", secret("The bearer token for it."), "`network`: the bearer token for it."),
        Field("caFile", .string, "`network`: PEM file of authorities that are believed, beside none other."),
        Field(
            "cli", .string,
            "A CLI configuration of Terraform or OpenTofu, whose `filesystem_mirror` and `network_mirror` blocks count.",
            example: "/etc/terraform.rc"),
        Field(
            "include", .list(.string, unique: true),
            "Addresses that it is asked for; `*` stands for any one part. Left out: all.",
            example: "[hashicorp/*]"),
        Field("exclude", .list(.string, unique: true), "Addresses that it is not asked for."),
    ]
}

extension Configuration.ProviderSettings {
    /// Everything that decides which program is started.
    var paths: [String?] {
        [lock]
            + (mirrors ?? []).map(\.place).map { place in
                switch place {
                case .filesystem(let path), .cli(let path): path
                case .network(_, _, let caFile): caFile
                }
            }
    }
}
