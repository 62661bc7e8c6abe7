package import Store

/// Who is told what, and whether it arrives: `martlet notify list`.
package struct NotificationReport: Report {
    package static let schema = "martlet/notifications/v1"

    package var notifications: [Row]
    package var madeAt: Timestamp

    package struct Row: Codable, Sendable, Equatable {
        package var name: String
        /// `slack`, `github`.
        package var kind: String
        /// What is told, in words.
        package var rule: String
        /// Messages that wait, and those that were given up.
        package var waiting = 0
        package var dead = 0
        package var deliveredAt: Timestamp?
        /// Why the last one did not arrive, where none did since.
        package var problem: String?
        package var hint: String?
        package var nextAttemptAt: Timestamp?

        /// - Parameter target: nil where it never had a message.
        package init(name: String, kind: String, rule: String, _ target: OutboxTarget?) {
            (self.name, self.kind, self.rule) = (name, kind, rule)
            guard let target else { return }
            (waiting, dead) = (target.waiting, target.dead)
            deliveredAt = target.lastDelivered.map { Timestamp(milliseconds: $0) }
            let isOver = target.errorAt.map { $0 < target.lastDelivered ?? 0 } ?? false
            guard let error = target.error, !isOver else { return }
            let lines = error.split(separator: "\n", maxSplits: 1).map(String.init)
            (problem, hint) = (lines.first, lines.count > 1 ? lines[1] : nil)
            nextAttemptAt = target.nextAttempt.map { Timestamp(milliseconds: $0) }
        }

        /// What people should know of it who did not ask; nil while all is well.
        package var notice: Notice? {
            guard let problem else { return nil }
            let count =
                waiting > 0
                ? "\(counted(waiting, "message waits", "messages wait"))"
                : "\(counted(dead, "message")) given up"
            return Notice("notification '\(name)': \(count): \(problem)", hint: hint)
        }
    }
    package init(_ notifications: [Row], madeAt: Timestamp) {
        (self.notifications, self.madeAt) = (notifications, madeAt)
    }
    package var exitCode: ExitCode { .done }
}
