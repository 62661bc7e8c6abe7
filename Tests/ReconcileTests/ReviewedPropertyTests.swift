import Fixtures
import Model
import Store
import Testing

@testable import Reconcile

/// A change is covered by what was shown of it exactly where it is the same, or the same with what was unknown now
/// known.
@Suite struct ReviewedProperties {
    private static let id = ResourceID("job", "shop", "web")

    @Test(arguments: Seeded.seeds(80))
    func `the same and what refines it is covered, anything else is not`(seed: UInt64) throws {
        var random = Seeded(seed)
        let (before, after) = (random.fields(mayBeUnknown: false), random.fields(mayBeUnknown: true))
        guard let shown = Self.change(before, after) else { return }
        let reviewed = [ReviewedChange(Self.id, of: shown)]
        func unreviewed(_ before: Value, _ after: Value) -> Unreviewed? {
            Self.change(before, after).flatMap {
                Self.pending($0, after, over: before).unreviewed(after: reviewed)
            }
        }
        #expect(unreviewed(before, after) == nil)
        for _ in 0..<4 { #expect(unreviewed(before, after.refined(by: &random)) == nil) }
        let refined = after.refined(by: &random)
        for (from, to) in [
            (before, refined.disturbed(by: &random)), (before.disturbed(by: &random), refined),
        ] {
            guard let other = Self.change(from, to), let same = Self.change(before, refined),
                !other.isPart(of: same)
            else { continue }
            let isRefinement = other.fields.allSatisfy { field in
                shown.fields.contains { shown in
                    field.path.components.starts(with: shown.path.components)
                        && from[shown.path] ?? .null == shown.before
                        && shown.after.isRefined(to: to[shown.path] ?? .null)
                }
            }
            guard !isRefinement || other.action != shown.action else { continue }
            #expect(Self.pending(other, to, over: from).unreviewed(after: reviewed) != nil, "\(from) \(to)")
        }
        var other = shown
        other.action = shown.action == .update ? .replace : .update
        #expect(Self.pending(other, after, over: before).unreviewed(after: reviewed) == .action)
        #expect(Self.pending(shown, after, over: before).unreviewed(after: []) == .unseen)
    }

    @Test(arguments: Seeded.seeds(80))
    func `a mark covers its own value and what refines it, and no other`(seed: UInt64) throws {
        var random = Seeded(seed)
        let value = random.value(depth: 3, mayBeUnknown: true)
        let mark = Mark(value.mark)
        #expect(mark.covers(value) || !value.isKnown)
        #expect(!value.mark.contains { $0 == " " || $0 == "\n" })
        let refined = value.refined(by: &random)
        #expect(mark.covers(refined), "\(value) \(refined)")
        let other = refined.disturbed(by: &random)
        #expect(mark.covers(other) == value.isRefined(to: other), "\(value) \(other)")
    }

    @Test func `what stands between two unknown parts of a text is held to`() {
        let text = Value.text([.literal("a-"), .unknown, .literal("-x-"), .unknown, .literal("-z")])
        let mark = Mark(text.mark)
        #expect(mark.covers(.string("a-1-x-2-z")) && mark.covers(.string("a--x--z")))
        #expect(!mark.covers(.string("a-1-y-2-z")) && !mark.covers(.string("a-1-x-2-y")))
        #expect(!mark.covers(.string("a-x-z")), "one letter can't stand for two")
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")
        let secret = Mark(Value.text([.unknown, .secret(handle)]).mark)
        #expect(secret.covers(.text([.literal("id:"), .secret(handle)])))
        var other = handle
        other.version = "4"
        #expect(!secret.covers(.text([.literal("id:"), .secret(other)])) && !secret.covers(.string("id:3")))
    }

    @Test(arguments: Seeded.seeds(50))
    func `a word is read back as it was written`(seed: UInt64) throws {
        var random = Seeded(seed)
        let (before, after) = (random.fields(mayBeUnknown: false), random.fields(mayBeUnknown: true))
        let change = ReviewedChange(
            Self.id, of: try #require(Self.change(.map([:]), after) ?? Self.change(before, after)))
        #expect(ReviewedChange(Self.id, text: change.text) == change)
    }

    private static func pending(_ change: Change, _ asked: Value, over before: Value) -> Pending {
        let seen = Observation(.ours, fields: before)
        return Pending(
            asked: asked, desired: asked, seen: seen, change: change, verb: .update, over: seen, payload: [])
    }
    private static func change(_ before: Value, _ after: Value) -> Change? {
        let recorded = Recorded(
            source: "shop", layer: .run, engine: "e", type: nil, manifest: .literal(before), spec: before,
            dependencies: [], observation: Observation(.ours, fields: before), intent: 1, onRemove: .delete)
        let target = Target(id, desired: after, recorded: recorded, grants: Grants(projects: []))
        return Change.byField(target, over: Observation(.ours, fields: before))
    }
}

extension Change {
    /// Nothing in it that the other has not.
    fileprivate func isPart(of other: Change) -> Bool {
        action == other.action && fields.allSatisfy(other.fields.contains)
    }
}

extension Value {
    /// Whether `other` is this with what is unknown known: found another way than marks find it.
    fileprivate func isRefined(to other: Value) -> Bool {
        switch (self, other) {
        case (.unknown, _): return true
        case (.list(let items), .list(let others)):
            return items.count == others.count && zip(items, others).allSatisfy { $0.isRefined(to: $1) }
        case (.map(let fields), .map(let others)):
            return fields.count == others.count
                && fields.allSatisfy { key, value in others[key].map(value.isRefined) ?? false }
        case (.text(let parts), .string(let text)) where !isKnown:
            guard case .literal(let start)? = parts.first else { return false }
            return text.hasPrefix(start)
        default: return self == other
        }
    }

    fileprivate func refined(by random: inout Seeded) -> Value {
        switch self {
        case .unknown: return random.value(depth: 1, mayBeUnknown: false)
        case .list(let items): return .list(items.map { $0.refined(by: &random) })
        case .map(let fields):
            return .map(
                fields.sorted { $0.key < $1.key }.reduce(into: [:]) {
                    $0[$1.key] = $1.value.refined(by: &random)
                })
        case .text(let parts):
            guard case .literal(let start)? = parts.first else { return self }
            return .string(start + "\(Int.random(in: 0...99, using: &random))")
        default: return self
        }
    }

    /// Something in it is otherwise.
    fileprivate func disturbed(by random: inout Seeded) -> Value {
        switch self {
        case .list(let items) where !items.isEmpty && Bool.random(using: &random):
            var items = items
            let index = Int.random(in: 0..<items.count, using: &random)
            items[index] = items[index].disturbed(by: &random)
            return .list(items)
        case .list(let items): return .list(items + [.int(5)])
        case .map(let fields) where !fields.isEmpty && Int.random(in: 0..<4, using: &random) > 0:
            var fields = fields
            let key = fields.keys.sorted().randomElement(using: &random) ?? ""
            fields[key] = fields[key]?.disturbed(by: &random)
            return .map(fields)
        case .map(let fields): return .map(fields.merging(["more": .bool(true)]) { $1 })
        case .string(let text): return .string(Bool.random(using: &random) ? text + "!" : "?")
        default: return .string("other")
        }
    }
}

extension Seeded {
    fileprivate mutating func fields(mayBeUnknown: Bool) -> Value {
        .map(
            ["a", "b", "c"].reduce(into: [:]) { fields, key in
                if Int.random(in: 0..<5, using: &self) > 0 {
                    fields[key] = value(depth: 2, mayBeUnknown: mayBeUnknown)
                }
            })
    }
    fileprivate mutating func value(depth: Int, mayBeUnknown: Bool) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &self) {
        case 0: .int(Int.random(in: 0...3, using: &self))
        case 1: .string(["", "x", "y,[{=<+", "é"].randomElement(using: &self) ?? "")
        case 2: .bool(Bool.random(using: &self))
        case 3 where mayBeUnknown: .unknown
        case 4 where mayBeUnknown: .text([.literal("id-"), .unknown])
        case 3, 4: .null
        case 5:
            .list(
                (0..<Int.random(in: 0...3, using: &self)).map { _ in
                    value(depth: depth - 1, mayBeUnknown: mayBeUnknown)
                })
        default:
            .map(
                ["k", "l m", "}"].prefix(Int.random(in: 0...3, using: &self)).reduce(into: [:]) {
                    $0[$1] = value(depth: depth - 1, mayBeUnknown: mayBeUnknown)
                })
        }
    }
}
