import Foundation
import HTTPClient
import Logging
import Review
import Store

extension Configuration {
    /// Who is told what.
    var subscriptions: [Subscription] {
        notifications.sorted { $0.key < $1.key }.map { name, settings in
            let events = Set(settings.events.compactMap { WebhookEvent.Kind(rawValue: $0) })
            var subscription = Subscription(
                target: name, events: events.isEmpty ? settings.kind.usualEvents : events,
                sources: settings.sources.isEmpty ? nil : settings.sources)
            subscription.projects = settings.projects.isEmpty ? nil : settings.projects
            subscription.labels = settings.labels
            subscription.isForPeople = settings.kind.isForPeople
            return subscription
        }
    }

    /// By source: the forge that its commits' statuses are posted to.
    var statusForges: [String: String] {
        sources.compactMapValues { source in
            guard source.place == nil, repositories[source.repository]?.forge != nil else { return nil }
            return Self.forgeName(of: source.repository)
        }
    }
    /// As the outbox names it; no notification's name has a slash in it.
    static func forgeName(of repository: String) -> String { "forge/\(repository)" }

    /// Everybody that messages go to.
    var targetNames: Set<String> {
        Set(notifications.keys).union(statusForges.values)
            .union(repositories.filter { $0.value.forge?.previews != nil }.keys.map(Self.forgeName))
    }

    /// With their addresses and secrets read.
    func receivers() throws(ConfigurationError) -> [any Receiver] {
        var receivers: [any Receiver] = []
        for (name, settings) in notifications.sorted(by: { $0.key < $1.key }) {
            receivers.append(try settings.receiver(name))
        }
        for (name, repository) in repositories.sorted(by: { $0.key < $1.key }) {
            guard let settings = repository.forge else { continue }
            receivers.append(try settings.forge(of: name))
        }
        return receivers
    }
}

extension Configuration.ForgeSettings {
    /// With its token read.
    func forge(of repository: String) throws(ConfigurationError) -> Forge {
        var forge = Forge(
            name: Configuration.forgeName(of: repository), kind, api: api, project: project,
            token: try token.read(), user: user)
        forge.caFile = caFile
        return forge
    }
}

extension Configuration.NotificationSettings.Kind {
    /// What is told where nothing is said; nil for everything.
    fileprivate var usualEvents: Set<WebhookEvent.Kind>? {
        isForPeople ? Set(Configuration.problemNames.compactMap { WebhookEvent.Kind(rawValue: $0) }) : nil
    }
    /// What a setting of this kind is called.
    var noun: String { self == .webhook ? "webhook" : "notification" }
}

extension Configuration.NotificationSettings {
    fileprivate func receiver(_ name: String) throws(ConfigurationError) -> any Receiver {
        switch kind {
        case .webhook:
            var target = WebhookTarget(name: name, url: try url(name), secrets: try signingSecrets(name))
            target.caFile = caFile
            return target
        case .slack: return try chat(name, .slack)
        case .teams: return try chat(name, .teams)
        case .discord: return try chat(name, .discord)
        case .pagerduty: return try chat(name, .pagerDuty(key: try credential?.read() ?? ""))
        case .cloudevents:
            var receiver = CloudEventReceiver(name: name, url: try url(name), token: try credential?.read())
            receiver.mode = isStructured ? .structured : .binary
            receiver.caFile = caFile
            return receiver
        case .mail: return try mailbox(name)
        }
    }

    private func url(_ name: String) throws(ConfigurationError) -> String {
        switch address {
        case .plain(let url)?: return url
        case .secret(let place)?:
            let url = try place.read()
            guard !isConfidential || !HTTPRequest(url).isOpenToAll else {
                throw ConfigurationError(
                    "notification '\(name)': http shows the credential to everybody on the way",
                    hint: "let its address begin with https://")
            }
            return url
        case nil: return ""
        }
    }
    private func chat(_ name: String, _ format: ChatReceiver.Format) throws(ConfigurationError)
        -> ChatReceiver
    {
        let url = address == nil ? ChatReceiver.Format.pagerDutyURL : try url(name)
        var receiver = ChatReceiver(name: name, format, url: url)
        receiver.caFile = caFile
        return receiver
    }

    private func mailbox(_ name: String) throws(ConfigurationError) -> MailReceiver {
        guard let mail else { throw ConfigurationError("notification '\(name)' has no mail server") }
        var server = MailServer(url: mail.server)
        (server.user, server.password) = (mail.user, try credential?.read())
        (server.encryption, server.caFile) = (mail.isEncrypted ? .required : .none, caFile)
        return MailReceiver(name: name, server: server, from: mail.from, to: mail.to)
    }

    private func signingSecrets(_ name: String) throws(ConfigurationError) -> [WebhookSecret] {
        var secrets: [WebhookSecret] = []
        for place in self.secrets {
            let text = try place.read()
            do throws(WebhookSecretError) { secrets.append(try WebhookSecret(text)) } catch {
                throw ConfigurationError("webhook '\(name)': \(error)", hint: "make one with 'martlet init'")
            }
        }
        return secrets
    }
}

extension WebhookDelivery {
    /// What sends the store's outbox; nil where nobody is to be told anything.
    static func configured(
        _ configuration: Configuration, _ store: Store, _ logger: Logger
    ) throws -> WebhookDelivery? {
        let receivers = try configuration.receivers()
        guard !receivers.isEmpty else { return nil }
        return WebhookDelivery(
            receivers, outbox: .store(store), client: try HTTPClient(), version: Martlet.version,
            report: { $0.tell(logger) })
    }
}
