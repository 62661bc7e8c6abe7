package import Foundation
package import HTTPClient

/// One receiver, as the controller's configuration names it.
package struct WebhookTarget: HTTPReceiver {
    package var name: String
    /// May hold a secret, so it is never shown.
    package var url: String
    package var signer: WebhookSigner
    package var caFile: String?
    package var proxy = HTTPRequest.Proxy.environment
    /// For one try, connection included.
    package var timeout = Duration.seconds(15)
    package var maxInFlight = 4

    package init(name: String, url: String, secrets: [WebhookSecret]) {
        (self.name, self.url, signer) = (name, url, WebhookSigner(secrets))
    }

    /// `now` in milliseconds since 1970; the signature is made anew on each try, the id is not.
    package func request(_ message: Outbox.Message, now: Int, userAgent: String) -> HTTPRequest? {
        var headers = signer.headers(id: message.id, timestamp: now / 1000, body: message.body)
        headers["content-type"] = "application/json"
        headers["user-agent"] = userAgent
        var request = HTTPRequest("POST", url, headers: headers, body: message.body)
        request.timeouts = HTTPRequest.Timeouts(connect: min(.seconds(10), timeout), whole: timeout)
        request.maxResponseBytes = 1 << 20
        (request.caFile, request.proxy) = (caFile, proxy)
        return request
    }
    /// Whatever it answers but 410, it may take the same message later.
    package func sending(_ response: HTTPResponse, now: Date) -> Sending { Sending(response, now: now) }
}

extension WebhookTarget: CustomStringConvertible, CustomReflectable {
    package var description: String { "webhook '\(name)'" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
