import Model
package import Reconcile
import Store
import Synchronization

extension Announcer {
    /// History in words, and one message for each source and kind of event in a pass, whatever their number.
    package static func reports(controller: String, targets: [WebhookSubscription]) -> Announcer {
        let changed = ChangedSince()
        return Announcer(
            messages: { happenings, picture, now in
                changed.follow(happenings)
                let announcement = Announcement(
                    controller: controller, picture: picture, now: now, changed: changed.bySource)
                return announcement.events(happenings).flatMap { $0.messages(to: targets, now: now) }
            },
            history: { happenings, picture, now in happenings.flatMap { $0.history(picture, now: now) } })
    }
}

/// What has changed in each source since its commit came, so that its end can say how much that was. A restart in
/// between forgets it: the number is for people.
private final class ChangedSince: Sendable {
    private let changed = Mutex<[String: Set<ResourceID>]>([:])

    var bySource: [String: Set<ResourceID>] { changed.withLock(\.self) }

    func follow(_ happenings: [Happening]) {
        changed.withLock { changed in
            for happening in happenings {
                switch happening {
                case .commit(let source, _, .pending): changed[source] = []
                case .ended(let step, let source, _, .done): changed[source, default: []].insert(step.id)
                default: break
                }
            }
        }
    }
}

extension WebhookEvent {
    /// Nobody who did not ask for it gets one.
    fileprivate func messages(to targets: [WebhookSubscription], now: Int) -> [OutboxMessage] {
        let wanting = targets.filter { $0.wants(self) }
        // Nothing in an event can't be encoded.
        guard !wanting.isEmpty, let body = try? body() else { return [] }
        return wanting.map {
            OutboxMessage(
                target: $0.target, eventType: type.rawValue, body: body, created: now,
                orderKey: [data.source, data.commit].compactMap(\.self).joined(separator: " "))
        }
    }
}
