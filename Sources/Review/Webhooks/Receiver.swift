package import Foundation
package import HTTPClient

/// Whoever messages are sent to.
package protocol Receiver: Sendable {
    /// In the configuration, and so in the outbox.
    var name: String { get }
    /// How many messages may be on their way to it at a time.
    var maxInFlight: Int { get }
    /// Whether of several messages with one key the last says it all.
    var takesLastOnly: Bool { get }
    func send(_ message: Outbox.Message, by courier: Courier) async -> Sending
    /// Sends, or asks, what shows whether all is well with it. Nothing of it is kept.
    func test(_ message: Outbox.Message, by courier: Courier) async -> Sending
}

extension Receiver {
    package var takesLastOnly: Bool { false }
    package func test(_ message: Outbox.Message, by courier: Courier) async -> Sending {
        await send(message, by: courier)
    }
}

/// What sending has at hand.
package struct Courier: Sendable {
    /// Milliseconds since 1970.
    package var now: Int
    package var userAgent: String
    package var http: @Sendable (HTTPRequest) async throws(HTTPError) -> HTTPResponse
    package var mail: @Sendable (MailServer, MailMessage) async throws(HTTPError) -> Void
    /// To be called by who must know afterwards that it may have been sent; false where that can't be written down.
    package var begin: @Sendable () async -> Bool = { true }

    package init(
        now: Int, userAgent: String,
        http: @escaping @Sendable (HTTPRequest) async throws(HTTPError) -> HTTPResponse,
        mail: @escaping @Sendable (MailServer, MailMessage) async throws(HTTPError) -> Void = { _, _ in }
    ) {
        (self.now, self.userAgent, self.http, self.mail) = (now, userAgent, http, mail)
    }

    var date: Date { Date(timeIntervalSince1970: Double(now) / 1000) }
}

/// What came of sending one message.
package struct Sending: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case taken
        case failed
        /// Trying the same again is of no use.
        case refused
        /// 410: the receiver wants nothing more.
        case gone
        case cancelled
    }
    package var outcome: Outcome
    /// Why it was not taken, or what was answered; no address in it.
    package var words: String
    package var hint: String?
    /// What the receiver asks for.
    package var retryAfter: Duration?
    /// It may have arrived all the same.
    package var isUnanswered = false
    /// Nothing is to be sent to it before.
    package var pause: Duration?

    package init(_ outcome: Outcome, _ words: String, hint: String? = nil) {
        (self.outcome, self.words, self.hint) = (outcome, words, hint)
    }
    init(_ error: HTTPError) {
        self.init(error.kind == .cancelled ? .cancelled : .failed, error.description, hint: error.hint)
        isUnanswered = error.mayHaveBeenSent
    }

    /// By its status, as most receivers mean it. 5xx says nothing about whether the message was taken.
    init(_ response: HTTPResponse, now: Date) {
        switch response.status {
        case 200..<300: self.init(.taken, "answered \(response.status)")
        case 410: self.init(.gone, "answered 410 Gone")
        case 300..<400:
            self.init(.failed, "answered \(response.status), and redirects are not followed")
        default: self.init(.failed, "answered \(response.status)")
        }
        isUnanswered = response.status >= 500
        retryAfter = response.retryAfter(now: now)
        pause = response.pause(now: now)
    }
}

extension HTTPResponse {
    /// `Retry-After`, also in parts of a second.
    func retryAfter(now: Date) -> Duration? {
        if let whole = head.retryAfter(now: now) { return whole }
        guard let seconds = headers["retry-after"].flatMap({ Double($0) }), (0...86_400).contains(seconds)
        else {
            return nil
        }
        return .milliseconds(Int((seconds * 1000).rounded(.up)))
    }

    /// How long nothing may be asked for, as forges and chats say it: 429 or 403 with `Retry-After`, or a budget that is
    /// used up until its `…-reset` (seconds since 1970), whatever the status.
    func pause(now: Date) -> Duration? {
        if status == 429 || status == 403, let after = retryAfter(now: now) { return after }
        for prefix in ["x-ratelimit", "ratelimit"] {
            guard headers["\(prefix)-remaining"] == "0",
                let reset = headers["\(prefix)-reset"].flatMap(Int.init)
            else { continue }
            let seconds = Double(reset) - now.timeIntervalSince1970
            if seconds > 0, seconds <= 86_400 { return .milliseconds(Int((seconds * 1000).rounded(.up))) }
        }
        return nil
    }
}

/// Who takes a message as one HTTP request.
package protocol HTTPReceiver: Receiver {
    /// Nil where the message says nothing to it. Throws where the message can't be read.
    func request(_ message: Outbox.Message, now: Int, userAgent: String) throws -> HTTPRequest?
    /// What an answer means.
    func sending(_ response: HTTPResponse, now: Date) -> Sending
}

extension HTTPReceiver {
    package func sending(_ response: HTTPResponse, now: Date) -> Sending {
        var sending = Sending(response, now: now)
        switch response.status {
        // It will not like the same message better later.
        case 400, 413, 415, 422: sending.outcome = .refused
        case 401, 403, 404:
            if sending.pause == nil {
                sending.hint = "look at the address of '\(name)': it may have been revoked"
            }
        default: break
        }
        return sending
    }

    package func send(_ message: Outbox.Message, by courier: Courier) async -> Sending {
        let made: HTTPRequest?
        do { made = try request(message, now: courier.now, userAgent: courier.userAgent) } catch {
            return Sending(.refused, "it is of another version of martlet, and can't be read")
        }
        guard let made else { return Sending(.taken, "says nothing to it") }
        do throws(HTTPError) {
            return sending(try await courier.http(made), now: courier.date)
        } catch {
            return Sending(error)
        }
    }
}
