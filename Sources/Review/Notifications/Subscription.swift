/// Who wants to know what: one rule of the configuration.
package struct Subscription: Hashable, Sendable {
    /// The receiver's name in the configuration.
    package var target: String
    /// Nil for all.
    package var events: Set<WebhookEvent.Kind>?
    package var sources: Set<String>?
    /// Of the resources that an event is about: one of them must be of one of these, and have all the labels.
    package var projects: Set<String>?
    package var labels: [String: String] = [:]
    /// People hear of the same failure once, whatever commit it comes with, and when it is mended. Programs hear of every
    /// commit.
    package var isForPeople = false

    package init(target: String, events: Set<WebhookEvent.Kind>? = nil, sources: Set<String>? = nil) {
        (self.target, self.events, self.sources) = (target, events, sources)
    }

    func wants(_ event: WebhookEvent) -> Bool {
        (events?.contains(event.type) ?? true) && (sources?.contains(event.data.source) ?? true)
    }
    /// Whether it is told that what it was told of is over; else nothing is remembered for it.
    var hearsOfMending: Bool { isForPeople || events?.contains(.mended) ?? true }
}
