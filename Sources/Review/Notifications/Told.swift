import Crypto
import Foundation
import Model
import Store
import Synchronization

/// What each target was told last, so that the same is told once, and its end as well. The store has it too.
final class ToldBefore: Sendable {
    private struct Key: Hashable {
        var target: String
        var topic: String
    }
    private let told: Mutex<[Key: Told]>

    init(_ told: [Told]) {
        self.told = Mutex(
            Dictionary(told.map { (Key(target: $0.target, topic: $0.topic), $0) }, uniquingKeysWith: { $1 }))
    }

    var all: [Told] {
        told.withLock { Array($0.values) }.sorted { ($0.target, $0.topic) < ($1.target, $1.topic) }
    }
    func last(_ target: String, _ topic: String) -> Told? {
        told.withLock { $0[Key(target: target, topic: topic)] }
    }

    /// Of a message that is on its way into the outbox, which is to remember the same.
    func keep(_ topic: String, _ matter: String, in message: inout OutboxMessage, now: Int) {
        let key = Key(target: message.target, topic: topic)
        told.withLock { told in
            let since = told[key]?.since ?? now
            message.memories.append(.keeps(topic: topic, matter: matter, since: since))
            told[key] = Told(
                target: message.target, topic: topic, matter: matter, message: message.id, since: since)
        }
    }
    func forget(_ topic: String, in message: inout OutboxMessage) {
        message.memories.append(.forgets(topic: topic))
        let key = Key(target: message.target, topic: topic)
        told.withLock { $0[key] = nil }
    }
}

extension WebhookEvent {
    /// What a problem of this kind is remembered by; nil for what does not last.
    var topic: String? { type.isProblem ? Self.topic(data.source, type) : nil }

    static func topic(_ source: String, _ type: Kind) -> String { "\(type.rawValue) \(source)" }
    /// The source and the kind of a topic.
    static func parts(ofTopic topic: String) -> (source: String, type: Kind)? {
        let parts = topic.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let type = Kind(rawValue: parts[0]), type.isProblem else { return nil }
        return (parts[1], type)
    }

    /// Equal for what need not be told twice: what failed and why, whatever waits for it. To programs each commit is
    /// another matter.
    func matter(isForPeople: Bool) -> String {
        var parts = isForPeople ? [] : [data.commit ?? ""]
        for resource in data.resources where type != .commitFailed || resource.state == .failed {
            parts.append(resource.id)
            parts.append(resource.reason ?? "")
            parts += (resource.fields ?? []).flatMap { [$0.path, $0.before, $0.after] }
        }
        parts += (data.problems ?? []).map(\.description)
        if type == .waiting { parts += [data.digest ?? "", data.summary] }
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return SHA256.hash(data: Data(text.utf8)).hex
    }
}
