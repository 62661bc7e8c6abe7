import Logging
import Metrics
import Review
import Store

extension WebhookNotice {
    /// To the log and the metrics.
    func tell(_ logger: Logger) {
        switch self {
        case .delivered(let target, let id, let attempts):
            count("sent", target)
            logger.debug(
                "message delivered",
                metadata: ["to": "\(target)", "id": "\(id)", "attempts": "\(attempts)"])
        case .failed(let target, let id, let error, let hint, let nextAttempt):
            count("retried", target)
            let wait = max(0, nextAttempt - currentMilliseconds()) / 1000
            logger.warning(
                "message not delivered, tried again later",
                metadata: details(target, id, error, hint).merging(["seconds": "\(wait)"]) { $1 })
        case .gaveUp(let target, let id, let error, let hint):
            count("dead", target)
            logger.error("message given up", metadata: details(target, id, error, hint))
        case .overtaken(let target, let id):
            count("overtaken", target)
            logger.debug("message overtaken by a newer one", metadata: ["to": "\(target)", "id": "\(id)"])
        case .disabled(let target):
            logger.error(
                "receiver disabled until the configuration is loaded again",
                metadata: ["to": "\(target)", "cause": "it answered 410 Gone"])
        case .outbox(let error):
            logger.error("outbox not usable", metadata: ["cause": "\(error)"])
        }
    }

    private func details(
        _ target: String, _ id: String, _ error: String, _ hint: String?
    ) -> Logger.Metadata {
        var details: Logger.Metadata = ["to": "\(target)", "id": "\(id)", "cause": "\(error)"]
        if let hint { details["hint"] = "\(hint)" }
        return details
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
