/// Who wants to know what.
package struct WebhookSubscription: Hashable, Sendable {
    /// The webhook's name in the configuration.
    package var target: String
    /// Nil for all.
    package var events: Set<WebhookEvent.Kind>?
    package var sources: Set<String>?

    package init(target: String, events: Set<WebhookEvent.Kind>? = nil, sources: Set<String>? = nil) {
        (self.target, self.events, self.sources) = (target, events, sources)
    }

    func wants(_ event: WebhookEvent) -> Bool {
        (events?.contains(event.type) ?? true) && (sources?.contains(event.data.source) ?? true)
    }
}
