import Model
import Synchronization

/// Places that hold one thing each, as folders hold files: what stands in one is never overwritten.
final class Shelf: Sendable {
    struct Thing: Hashable, Sendable {
        /// Empty for somebody else's.
        var owner = ""
        var text = ""
        var intent: Int?
    }
    let things = Mutex<[String: Thing]>([:])
    /// Whose things never give up their places.
    let firm = Mutex<Set<ResourceID>>([])
    /// Places in which things are not ready yet.
    let slow = Mutex<Set<String>>([])
    init() {}
}

/// The same thing in another place is another one, made first where the place is free.
struct ShelfEngine: Engine {
    let shelf: Shelf
    init(_ shelf: Shelf) { self.shelf = shelf }

    private static func place(_ observation: Observation?) -> String? {
        observation.flatMap { $0.presence == .ours ? String(decoding: $0.state, as: UTF8.self) : nil }
    }
    func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        shelf.things.withLock { things in
            Dictionary(
                uniqueKeysWithValues: targets.map { target in
                    let recorded = Self.place(target.recorded?.observation)
                    let place = recorded ?? (target.desired ?? target.unanswered?.desired)?["place"]?.string
                    let seen = observe(
                        target.id, place ?? "", things, made: target.recorded?.observation.intent)
                    guard seen.presence == .foreign, target.unanswered == nil,
                        let other = ResourceID(things[place ?? ""]?.owner ?? "")
                    else { return (target.id, .success(seen)) }
                    return (target.id, .failure(Self.occupied(place ?? "", by: other)))
                })
        }
    }
    /// - Parameter intent: the step that is recorded to have made it, by whatever name.
    private func observe(
        _ id: ResourceID, _ place: String, _ things: [String: Shelf.Thing], made intent: Int? = nil
    ) -> Observation {
        guard let thing = things[place] else { return .absent }
        guard thing.owner == "\(id)" || thing.intent != nil && thing.intent == intent else {
            return Observation(.foreign)
        }
        let isSlow = shelf.slow.withLock { $0.contains(place) }
        return Observation(
            .ours, isSlow ? .progressing("slowly") : .ready,
            fields: .map(["place": .string(place), "text": .string(thing.text)]),
            outputs: .map(["place": .string(place), "text": .string(thing.text)]), state: Array(place.utf8),
            intent: thing.intent)
    }

    private static func isOf(_ id: ResourceID, _ seen: Observation, _ thing: Shelf.Thing) -> Bool {
        thing.owner == "\(id)" || thing.intent != nil && thing.intent == seen.intent
    }
    private static func occupied(_ place: String, by other: ResourceID) -> EngineError {
        var error = EngineError(.retry, "\(place) is \(other)'s")
        error.occupant = other
        return error
    }

    func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        guard let place = target.desired?["place"]?.string else {
            // Somebody else's by now: nothing of it is left there.
            let thing = shelf.things.withLock { $0[Self.place(observation) ?? ""] }
            return thing.map { Self.isOf(target.id, observation, $0) } ?? true
                ? Change.byField(target, over: observation) : nil
        }
        guard var change = Change.byField(target, over: observation, replacing: ["place"]) else { return nil }
        change.outputs = .map(["place": .string(place), "text": target.desired?["text"] ?? .null])
        let thing = shelf.things.withLock { $0[place] }
        guard change.action != .update, let thing, thing.owner != "\(target.id)" else {
            change.createsFirst = change.action == .replace
            return change
        }
        guard let other = ResourceID(thing.owner) else {
            throw EngineError(.waitForChange, "\(place) holds something else")
        }
        let isFirm = shelf.firm.withLock { $0.contains(target.id) }
        guard change.action == .replace, target.yields, !isFirm else {
            throw Self.occupied(place, by: other)
        }
        return change
    }

    func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        shelf.things.withLock { things in
            let place =
                step.verb == .create ? step.desired?["place"]?.string : Self.place(step.observation)
            guard let place else { return .failed(EngineError(.retry, "no place")) }
            let isOurs = things[place].map { Self.isOf(step.id, step.observation, $0) } ?? true
            let isFree = things[place] == nil || things[place]?.intent == step.intent
            if step.verb == .delete, !isOurs { return .done(.absent) }
            guard step.verb == .create ? isFree : isOurs else {
                return .failed(EngineError(.retry, "\(place) holds something else by now"))
            }
            things[place] =
                step.verb == .delete
                ? nil
                : Shelf.Thing(
                    owner: "\(step.id)", text: step.desired?["text"]?.string ?? "", intent: step.intent)
            return .done(observe(step.id, place, things))
        }
    }
}
