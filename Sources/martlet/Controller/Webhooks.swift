import HTTPClient
import Logging
import Metrics
import Reconcile
import Review
import Store

extension Configuration {
    /// Who is told what.
    var subscriptions: [WebhookSubscription] {
        webhooks.sorted { $0.key < $1.key }.map { name, settings in
            let events = Set(settings.events.compactMap { WebhookEvent.Kind(rawValue: $0) })
            return WebhookSubscription(
                target: name, events: events.isEmpty ? nil : events,
                sources: settings.sources.isEmpty ? nil : settings.sources)
        }
    }

    /// With their addresses and secrets read.
    func webhookTargets() throws(ConfigurationError) -> [WebhookTarget] {
        var targets: [WebhookTarget] = []
        for (name, settings) in webhooks.sorted(by: { $0.key < $1.key }) {
            let url =
                switch settings.address {
                case .plain(let url): url
                case .secret(let place): try place.read()
                }
            var secrets: [WebhookSecret] = []
            for place in settings.secrets {
                let text = try place.read()
                do throws(WebhookSecretError) { secrets.append(try WebhookSecret(text)) } catch {
                    throw ConfigurationError(
                        "webhook '\(name)': \(error)", hint: "make one with 'martlet init'")
                }
            }
            var target = WebhookTarget(name: name, url: url, secrets: secrets)
            target.caFile = settings.caFile
            targets.append(target)
        }
        return targets
    }
}

extension WebhookDelivery {
    /// What sends the store's outbox; nil where no webhook is configured.
    static func configured(
        _ configuration: Configuration, _ store: Store, _ logger: Logger
    ) throws -> WebhookDelivery? {
        let targets = try configuration.webhookTargets()
        guard !targets.isEmpty else { return nil }
        return WebhookDelivery(
            targets, outbox: .store(store), client: try HTTPClient(), version: Martlet.version,
            report: { $0.tell(logger) })
    }
}

extension WebhookNotice {
    /// To the log and the metrics.
    func tell(_ logger: Logger) {
        switch self {
        case .delivered(let target, let id, let attempts):
            count("sent", target)
            logger.debug(
                "webhook delivered",
                metadata: ["webhook": "\(target)", "id": "\(id)", "attempts": "\(attempts)"])
        case .failed(let target, let id, let error, let nextAttempt):
            count("retried", target)
            let wait = max(0, nextAttempt - currentMilliseconds()) / 1000
            logger.warning(
                "webhook not delivered, tried again later",
                metadata: [
                    "webhook": "\(target)", "id": "\(id)", "cause": "\(error)", "seconds": "\(wait)",
                ])
        case .gaveUp(let target, let id, let error):
            count("dead", target)
            logger.error(
                "webhook given up", metadata: ["webhook": "\(target)", "id": "\(id)", "cause": "\(error)"])
        case .disabled(let target):
            logger.error(
                "webhook disabled until the configuration is loaded again",
                metadata: ["webhook": "\(target)", "cause": "it answered 410 Gone"])
        case .outbox(let error):
            logger.error("outbox not usable", metadata: ["cause": "\(error)"])
        }
    }

    private func count(_ outcome: String, _ target: String) {
        Counter(label: "martlet_webhooks_total", dimensions: [("outcome", outcome), ("webhook", target)])
            .increment()
    }
}

extension OutboxDepth {
    /// As metrics, when they are asked for.
    func measure() {
        for (state, count) in [("waiting", waiting), ("dead", dead)] {
            Gauge(label: "martlet_outbox_messages", dimensions: [("state", state)]).record(count)
        }
    }
}
