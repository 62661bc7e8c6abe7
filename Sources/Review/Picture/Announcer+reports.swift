import Model
package import Reconcile
package import Store
import Synchronization

/// Who is told, and what of it they know already.
package struct Audience: Sendable {
    package var subscriptions: [Subscription]
    /// By source: where its commits' statuses are posted, as the outbox names it.
    package var forges: [String: String]
    /// As the store remembers it.
    package var told: [Told]

    package init(_ subscriptions: [Subscription], forges: [String: String] = [:], told: [Told] = []) {
        (self.subscriptions, self.forges, self.told) = (subscriptions, forges, told)
    }
}

extension Announcer {
    /// History in words, one message for each source and kind of event in a pass, whatever their number, and a status for
    /// each commit. `url` is where people reach the controller.
    package static func reports(controller: String, url: String? = nil, to audience: Audience) -> Announcer {
        let changed = ChangedSince()
        let told = ToldBefore(audience.told)
        let statuses = CommitStatuses(audience.forges, told)
        return Announcer(
            messages: { happenings, picture, now in
                changed.follow(happenings)
                let announcement = Announcement(
                    controller: controller, url: url, picture: picture, now: now, changed: changed.bySource)
                return announcement.messages(happenings, to: audience.subscriptions, told)
                    + statuses.messages(happenings, announcement)
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
