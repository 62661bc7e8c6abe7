import HTTPClient
import Model
import Reconcile
import Repository
import Review
import Server

/// The controller's own configuration. It never comes from a repository, nor from the current folder by itself.
struct Configuration: Sendable, Equatable {
    /// The controller's name, as statuses and messages carry it.
    var name: String
    /// The file that it was read from; nil where there is none.
    var file: String?
    /// What was said instead of it, and is in here already.
    var overrides = ConfigurationOverrides()
    /// Absolute folder of everything that must last.
    var state: String
    /// Absolute path of the unix socket.
    var socket: String
    /// `host:port`; nil for no port.
    var listen: Endpoint?
    /// Of `listen`; nil for no encryption.
    var tls: TLSFiles?
    /// Somebody has said that `listen` needs none.
    var isInsecure = false
    /// Who asks for others, and is believed about whom.
    var proxies: [Network] = []
    /// Where people reach this controller, without a slash at its end.
    var url: String?
    /// Where services are found, on loopback and without a token; nil for no port.
    var catalog: Endpoint?
    var log = LogSettings()
    var key: SecretPlace?
    var parallelism = 32
    var sweep = Span(milliseconds: 60_000)
    var repositories: [String: RepositorySettings] = [:]
    var sources: [String: Source] = [:]
    var engines: [String: EngineSettings] = [:]
    var defaults: [Layer: String] = [:]
    /// Of the engines of type `terraform`.
    var providers = ProviderSettings()
    var hooks: [String: HookSettings] = [:]
    /// Who is told what: `notifications`, and `webhooks` as such of their own type.
    var notifications: [String: NotificationSettings] = [:]

    struct Endpoint: Sendable, Equatable {
        var host: String
        var port: Int
    }
    struct LogSettings: Sendable, Equatable {
        enum Format: String, Sendable { case text, json }
        /// As swift-log names it.
        var level = "info"
        var format = Format.text
    }
    /// Where a secret of the controller's own is: a file's content without the line end, or a variable.
    enum SecretPlace: Sendable, Hashable {
        case file(String)
        case environment(String)
    }
    struct RepositorySettings: Sendable, Equatable {
        enum Login: Sendable, Equatable {
            case none
            case token(SecretPlace)
            case password(user: String, SecretPlace)
            case key(String, passphrase: SecretPlace?)
        }
        var url: String
        var login = Login.none
        var caFile: String?
        var knownHosts: String?
        var interval = Span(milliseconds: 60_000)
        var timeout = Span(milliseconds: 600_000)
        var idleTimeout = Span(milliseconds: 30_000)
        var forge: ForgeSettings?
    }
    /// Where the statuses of a repository's commits are posted.
    struct ForgeSettings: Sendable, Equatable {
        var kind: Forge.Kind
        var project: String
        var api: String
        var token: SecretPlace
        var caFile: String?
        /// Whom the token belongs to; nil to ask the forge.
        var user: String?
        /// Nil where no request is previewed.
        var previews: PreviewSettings?
    }
    /// How requests are previewed.
    struct PreviewSettings: Sendable, Equatable {
        /// Also those whose head is in another repository.
        var takesForks = false
        var timeout = Span(milliseconds: 300_000)
        var concurrency = 1
        var maxResources = 10_000
        var maxSize = ByteSize(bytes: 64 << 20)
        var retention = Span(milliseconds: 90 * 86_400_000)
    }
    struct Source: Sendable, Equatable {
        var repository: String
        /// Absolute path of a folder or repository of this machine that a command reads instead of `repository`.
        var place: String?
        /// Its folder in the repository; empty for the whole.
        var path = ""
        /// Branch, tag or commit.
        var revision = "main"
        var project: String
        var variables: [String: Value] = [:]
        var grants: Grants
        var maxDeletes = DeleteBudget()
        /// Nil where no change of a manifest waits for a person.
        var review: ReviewRule?
        /// Whose commits it takes; nil for anybody's.
        var signatures: SignatureRule?
    }
    struct EngineSettings: Sendable, Equatable {
        enum Kind: String, Sendable, CaseIterable {
            case host, sealed, registry, supervisor, terraform
            /// Needs nothing that this machine has not: there where no engine is configured.
            var isEmbedded: Bool { self != .terraform }
        }
        var type: Kind
        /// Of `host`; nil where the sources' own roots alone decide.
        var roots: [String]?
        /// Of `sealed`.
        var path: String?
        var key: SecretPlace?
        /// Of `registry`; nil for this machine alone.
        var networks: [String]?
        /// Of `supervisor`.
        var users: Set<String> = []
        var commands: [String]?
        var ports: ClosedRange<Int>?
        var maxInstances: Int?
        var maxMemory: ByteSize?
        var logSize: ByteSize?
        var logFiles: Int?
        var sweep: Span?
        /// Of `terraform`, and of nothing else.
        var terraform: TerraformSettings?
    }
    struct NotificationSettings: Sendable, Equatable {
        enum Kind: String, Sendable, CaseIterable {
            case webhook, slack, teams, discord, pagerduty, cloudevents, mail
            /// Programs want to hear of everything, people of what they can do something about.
            var isForPeople: Bool { self != .webhook && self != .cloudevents }
        }
        enum Address: Sendable, Equatable {
            case plain(String)
            case secret(SecretPlace)
        }
        struct Mail: Sendable, Equatable {
            var server: String
            var user: String?
            var from: MailAddress
            var to: [MailAddress]
            var isEncrypted = true
        }
        var kind: Kind
        var address: Address?
        /// What signs a `webhook`.
        var secrets: [SecretPlace] = []
        /// PagerDuty's key, the token of `cloudevents`, the password of `mail`.
        var credential: SecretPlace?
        var isStructured = false
        var mail: Mail?
        /// Empty for all, or what concerns people.
        var events: Set<String> = []
        var sources: Set<String> = []
        var projects: Set<String> = []
        var labels: [String: String] = [:]
        var caFile: String?
    }
}
