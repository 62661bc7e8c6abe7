/// A message on its way out. It is kept until it is delivered, or given up with its last error.
package struct OutboxMessage: Hashable, Sendable {
    /// `msg_` and 26 characters, the same on every try.
    package var id: String
    /// The webhook's name in the configuration.
    package var target: String
    package var eventType: String
    /// JSON.
    package var body: [UInt8]
    /// Milliseconds since 1970.
    package var created: Int
    package var attempts: Int
    /// Not before; milliseconds since 1970.
    package var nextAttempt: Int
    package var lastError: String?
    /// Messages to one target with one key leave in the order in which they came; without a key, in any.
    package var orderKey: String?

    package init(
        id: String = Self.freshID(), target: String, eventType: String, body: [UInt8], created: Int,
        orderKey: String? = nil
    ) {
        (self.id, self.target, self.eventType, self.body) = (id, target, eventType, body)
        (self.created, self.attempts, self.nextAttempt, self.orderKey) = (created, 0, created, orderKey)
    }

    /// 130 random bits in lower-case base32.
    package static func freshID() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        return "msg_"
            + String(decoding: (0..<26).map { _ in alphabet[Int.random(in: 0..<32)] }, as: UTF8.self)
    }
}

/// How full the outbox is.
package struct OutboxDepth: Hashable, Sendable {
    package var waiting: Int
    /// Given up.
    package var dead: Int
    /// When the oldest waiting message was made; milliseconds since 1970.
    package var oldest: Int?
    package init(waiting: Int, dead: Int, oldest: Int?) {
        (self.waiting, self.dead, self.oldest) = (waiting, dead, oldest)
    }
}
