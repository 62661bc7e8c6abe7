/// A message on its way out. It is kept until it is delivered, or given up with its last error.
package struct OutboxMessage: Hashable, Sendable {
    /// `msg_` and 26 characters, the same on every try.
    package var id: String
    /// The receiver's name in the configuration; never its address.
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
    /// When it was first sent with no answer that is known; nil again once one came.
    package var begun: Int?
    /// Whether one of its key came after it. Given by the store.
    package var isFollowed = false
    /// What is remembered once it is put into the outbox, in the same transaction.
    package var memories: [Memory] = []

    /// What its target was told last of a topic, so that the same is not told again.
    package enum Memory: Hashable, Sendable {
        /// `matter` stands for what was told; equal exactly for what is not to be told twice.
        case keeps(topic: String, matter: String, since: Int)
        case forgets(topic: String)
    }

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

/// What a target was told last of a topic, and is not mended yet.
package struct Told: Hashable, Sendable {
    package var target: String
    package var topic: String
    package var matter: String
    /// The message's id.
    package var message: String
    /// When it was told first; milliseconds since 1970.
    package var since: Int

    package init(target: String, topic: String, matter: String, message: String, since: Int) {
        (self.target, self.topic, self.matter) = (target, topic, matter)
        (self.message, self.since) = (message, since)
    }
}

/// How one target fares.
package struct OutboxTarget: Hashable, Sendable {
    package var name: String
    package var waiting = 0
    /// Given up.
    package var dead = 0
    /// Milliseconds since 1970.
    package var lastDelivered: Int?
    /// Of the message that waits longest and was tried, or else of the one given up last.
    package var error: String?
    package var errorAt: Int?
    package var nextAttempt: Int?
    package init(_ name: String) { self.name = name }
}
