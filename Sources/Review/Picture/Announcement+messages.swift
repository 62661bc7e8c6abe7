import Foundation
import Model
import Reconcile
import Store

extension Announcement {
    /// For each event whoever wants it; the same failure once, and its end.
    func messages(
        _ happenings: [Happening], to subscriptions: [Subscription], _ told: ToldBefore
    ) -> [OutboxMessage] {
        guard !subscriptions.isEmpty else { return [] }
        let over = told.all.filter { isOver($0) }
        var messages: [OutboxMessage] = []
        for announced in happenings.isEmpty ? [] : events(happenings) {
            for subscription in subscriptions where isWanted(announced, by: subscription) {
                let event = announced.event
                guard let topic = event.topic, subscription.hearsOfMending else {
                    let isSaidByMending =
                        subscription.isForPeople
                        && over.contains { $0.target == subscription.target && $0.isMended(by: event) }
                    if !isSaidByMending { messages += message(event, to: subscription) }
                    continue
                }
                let matter = event.matter(isForPeople: subscription.isForPeople)
                guard told.last(subscription.target, topic)?.matter != matter else { continue }
                messages += message(event, to: subscription) {
                    told.keep(topic, matter, in: &$0, now: now)
                }
            }
        }
        // What began and ended in one pass is over too.
        for past in told.all where isOver(past) {
            guard let subscription = subscriptions.first(where: { $0.target == past.target }) else {
                continue
            }
            messages += message(mended(past), to: subscription) { told.forget(past.topic, in: &$0) }
        }
        return messages
    }

    private func message(
        _ event: WebhookEvent, to subscription: Subscription,
        _ remember: (inout OutboxMessage) -> Void = { _ in }
    ) -> [OutboxMessage] {
        // Nothing in an event can't be encoded.
        guard let body = try? event.body() else { return [] }
        // An answer to a failure at another commit must not come before it.
        let key = subscription.isForPeople ? nil : event.data.commit
        var message = OutboxMessage(
            target: subscription.target, eventType: event.type.rawValue, body: body, created: now,
            orderKey: [event.data.source, key].compactMap(\.self).joined(separator: " "))
        remember(&message)
        return [message]
    }

    private func isWanted(_ announced: Announced, by subscription: Subscription) -> Bool {
        guard subscription.wants(announced.event) else { return false }
        guard subscription.projects != nil || !subscription.labels.isEmpty else { return true }
        let source = announced.event.data.source
        func isMatching(_ id: ResourceID) -> Bool {
            guard subscription.projects?.contains(id.project) ?? true else { return false }
            let labels = picture.nodes[id]?.manifest?.labels ?? [:]
            return subscription.labels.allSatisfy { labels[$0.key] == $0.value }
        }
        guard announced.concerned.isEmpty else { return announced.concerned.contains(where: isMatching) }
        return picture.nodes.contains { $0.value.source == source && isMatching($0.key) }
    }
}

extension Announcement {
    /// Whether what was told is so no more. What is not known yet may still be so.
    private func isOver(_ told: Told) -> Bool {
        guard let (name, type) = WebhookEvent.parts(ofTopic: told.topic) else { return false }
        guard let source = picture.sources[name], source.isConfigured, let record = source.record else {
            return picture.sources[name]?.isConfigured != true
        }
        guard source.isLoaded || type == .sourceRefused else { return false }
        switch type {
        case .commitFailed: return record.state == .converged
        case .sourceRefused: return record.refusedCommit == nil
        case .driftFound: return source.driftedCount == 0
        case .waiting:
            let states = source.tally.values.reduce(into: [ResourceState: Int]()) { $0.merge($1) { $0 + $1 } }
            return record.toldDeletes == nil && states[.uncertain, default: 0] == 0
                && states[.unknown, default: 0] == 0
                && !(source.needsReview && !picture.awaitingReview(of: name).isEmpty)
        case .commitPending, .commitConverged, .driftCorrected, .suspensionEnded, .mended, .test: return false
        }
    }

    private func mended(_ told: Told) -> WebhookEvent {
        let (source, type) = WebhookEvent.parts(ofTopic: told.topic) ?? (told.topic, .commitFailed)
        var details = details(of: source)
        let since = Timestamp(milliseconds: told.since)
        let isGone = picture.sources[source]?.isConfigured != true
        details.mended = WebhookEvent.Mended(
            type: type, since: since, message: told.message, gone: isGone ? true : nil)
        details.summary =
            isGone
            ? "the source is gone from the configuration" : "\(type.rawValue) is over, \(summary(of: source))"
        return event(.mended, details)
    }
}

extension Told {
    /// Whether its end says all that this event says.
    fileprivate func isMended(by event: WebhookEvent) -> Bool {
        guard let (source, type) = WebhookEvent.parts(ofTopic: topic), source == event.data.source else {
            return false
        }
        return type == .commitFailed && event.type == .commitConverged
            || type == .driftFound && event.type == .driftCorrected
    }
}
