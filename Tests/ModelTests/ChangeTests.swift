import Fixtures
import Testing

@testable import Model

/// A target as desired, recorded (spec and what was then observed) and observed.
private func target(_ desired: Value?, applied: Value? = nil, base: Value? = nil, followsOnly: Bool = false)
    -> Target
{
    var target = Target(
        ResourceID("infrastructure", "shop", "x"), desired: desired,
        recorded: applied.map {
            Recorded(
                source: "shop", layer: .provision, engine: "e", type: nil, manifest: .literal($0), spec: $0,
                dependencies: [], observation: Observation(.ours, fields: base ?? $0), intent: 1,
                onRemove: .delete)
        }, grants: Grants(projects: []))
    target.followsOnly = followsOnly
    return target
}
private func ours(_ fields: Value) -> Observation { Observation(.ours, fields: fields, state: [7]) }
private func one(_ value: Int) -> Value { .map(["a": .int(value)]) }

extension Change {
    fileprivate var lines: [String] {
        fields.map { "\($0.path) \($0.before) -> \($0.after) \($0.cause)\($0.replaces ? " !" : "")" }
    }
}

struct ChangeTests {
    @Test(
        arguments: [
            // desired, applied, observed after applying, observed now, follows only: cause
            (1, 1, 1, 1, false, nil), (2, 1, 1, 1, false, .commit), (1, 1, 1, 2, false, .drift),
            (2, 1, 1, 3, false, .both), (2, 1, 1, 1, true, .dependency), (2, 1, 1, 3, true, .dependency),
            (1, 1, 1, 2, true, .drift), (2, 1, 1, 2, false, nil), (1, 1, 5, 5, false, nil),
            (2, 1, 5, 5, false, .commit),
            (1, 1, 5, 6, false, .drift), (1, nil, 1, 2, false, .commit), (1, nil, 1, 1, false, nil),
        ] as [(Int, Int?, Int, Int, Bool, Cause?)])
    func `a field's cause comes from three ways`(
        desired: Int, applied: Int?, base: Int, observed: Int, followsOnly: Bool, cause: Cause?
    ) {
        let target = target(
            one(desired), applied: applied.map(one), base: one(base), followsOnly: followsOnly)
        let change = Change.byField(target, over: ours(one(observed)))
        #expect(change?.fields.map(\.cause) == cause.map { [$0] })
        #expect(change?.lines == cause.map { ["a \(observed) -> \(desired) \($0)"] })
        #expect(change?.action == cause.map { _ in .update })
        #expect(change?.payload == cause.map { _ in [7] })
    }

    @Test func `a field that git says as before follows others, whatever git says beside it`() {
        func said(_ size: Int, _ url: Expression) -> Expression {
            .map([
                "size": .literal(.int(size)), "env": .map(["URL": url]),
                "args": .list([.literal(.string("-v")), url]),
            ])
        }
        func asked(_ size: Int, _ url: String) -> Value {
            .map([
                "size": .int(size), "env": .map(["URL": .string(url)]),
                "args": .list([.string("-v"), .string(url)]),
            ])
        }
        let id = ResourceID("job", "shop", "web")
        let url = Expression.text([.literal("http://"), .reference(Reference(id, FieldPath("address")))])
        let other = Expression.text([.literal("http://"), .reference(Reference(id, FieldPath("other")))])
        for (now, cause) in [(url, Cause.dependency), (other, .commit)] {
            var target = target(asked(2, "http://b"), applied: asked(1, "http://a"))
            target.recorded?.manifest = said(1, url)
            target.manifest = said(2, now)
            let change = Change.byField(target, over: ours(asked(1, "http://a")))
            #expect(
                change?.fields.map { "\($0.path) \($0.cause)" } == [
                    "args[1] \(cause)", "env.URL \(cause)", "size commit",
                ])
        }
    }

    @Test func `a new object is created with all its fields by the commit`() {
        let change = Change.byField(target(.map(["b": .int(2), "a": .int(1)])), over: .absent)
        #expect(change?.action == .create && change?.cause == .commit)
        #expect(change?.lines == ["a null -> 1 commit", "b null -> 2 commit"])
        #expect(change?.isDriftOnly == false)
    }

    @Test func `an object that vanished is made again because of drift`() {
        let change = Change.byField(target(one(1), applied: one(1)), over: .absent)
        #expect(change?.action == .create && change?.cause == .drift && change?.isDriftOnly == true)
        #expect(change?.lines == ["a null -> 1 drift"])
        let both = Change.byField(target(one(2), applied: one(1)), over: .absent)
        #expect(both?.cause == .both && both?.lines == ["a null -> 2 both"] && both?.isDriftOnly == false)
    }

    @Test func `what git no longer asks for is deleted if it is ours and there`() {
        let change = Change.byField(target(nil, applied: one(1)), over: ours(one(1)))
        #expect(change == Change(.delete, cause: .commit, payload: [7]))
        for presence in [Observation.Presence.absent, .foreign] {
            #expect(Change.byField(target(nil, applied: one(1)), over: Observation(presence)) == nil)
        }
    }

    @Test func `a nested difference is named where it is, and nothing beside it`() {
        let applied: Value = .map([
            "t": .map(["env": .map(["A": .string("1"), "B": .string("2")]), "n": .int(1)])
        ])
        let desired: Value = .map([
            "t": .map(["env": .map(["A": .string("9"), "C": .string("3")]), "n": .int(1)])
        ])
        let observed: Value = .map([
            "t": .map(["env": .map(["A": .string("1"), "B": .string("2")]), "n": .int(4)])
        ])
        #expect(
            Change.byField(target(desired, applied: applied), over: ours(observed))?.lines
                == [
                    "t.env.A \"1\" -> \"9\" commit", "t.env.B \"2\" -> null commit",
                    "t.env.C null -> \"3\" commit",
                    "t.n 4 -> 1 drift",
                ])
    }

    @Test func `what the server adds by itself is no difference`() {
        let defaults: Value = .map([
            "a": .int(1), "zone": .string("eu"), "tags": .map(["made": .string("x")]),
        ])
        #expect(Change.byField(target(one(1), applied: one(1), base: defaults), over: ours(defaults)) == nil)
        #expect(
            Change.byField(target(one(2), applied: one(1), base: defaults), over: ours(defaults))?.lines
                == ["a 1 -> 2 commit"])
        // Neither is it before there is a record: when a lost create is found again, or an object is taken over.
        #expect(Change.byField(target(one(1)), over: ours(defaults)) == nil)
        #expect(Change.byField(target(one(2)), over: ours(defaults))?.lines == ["a 1 -> 2 commit"])
        // Nor inside of what is new since the record, as when an update's answer was lost.
        let new: Value = .map(["a": .int(1), "t": .map(["x": .int(1)])])
        let made: Value = .map(["a": .int(1), "t": .map(["x": .int(1), "zone": .string("eu")])])
        #expect(Change.byField(target(new, applied: one(1)), over: ours(made)) == nil)
        let list: Value = .map(["l": .list([.map(["n": .int(1)])])])
        let full: Value = .map(["l": .list([.map(["n": .int(1), "d": .int(0)])])])
        #expect(Change.byField(target(list), over: ours(full)) == nil)
    }

    @Test func `a default that drifts goes back to what it was, and what was added by hand goes`() {
        let base: Value = .map(["a": .int(1), "zone": .string("eu")])
        let observed: Value = .map(["a": .int(1), "zone": .string("us"), "extra": .int(1)])
        #expect(
            Change.byField(target(one(1), applied: one(1), base: base), over: ours(observed))?.lines
                == ["extra 1 -> null drift", "zone \"us\" -> \"eu\" drift"])
        let gone = Change.byField(target(one(1), applied: one(1), base: base), over: ours(one(1)))
        #expect(gone?.lines == ["zone null -> \"eu\" drift"])
    }

    @Test func `a field that is left out is taken away`() {
        let both: Value = .map(["a": .int(1), "b": .map(["c": .int(1)])])
        #expect(
            Change.byField(target(one(1), applied: both), over: ours(both))?.lines == [
                "b {c: 1} -> null commit"
            ])
        #expect(Change.byField(target(one(1), applied: both), over: ours(one(1))) == nil)
    }

    @Test func `lists of one length are compared item by item, others as a whole`() {
        func list(_ items: Int...) -> Value { .map(["l": .list(items.map { .int($0) })]) }
        #expect(
            Change.byField(target(list(1, 9), applied: list(1, 2)), over: ours(list(5, 2)))?.lines
                == ["l[0] 5 -> 1 drift", "l[1] 2 -> 9 commit"])
        #expect(
            Change.byField(target(list(1, 2, 3), applied: list(1, 2)), over: ours(list(1, 2)))?.lines
                == ["l [1, 2] -> [1, 2, 3] commit"])
        #expect(
            Change.byField(target(list(), applied: list(1)), over: ours(list(1)))?.lines == [
                "l [1] -> [] commit"
            ])
    }

    @Test func `another type in a field's place is one difference`() {
        let map: Value = .map(["a": .map(["b": .int(1)])])
        #expect(
            Change.byField(target(one(1), applied: map), over: ours(map))?.lines == ["a {b: 1} -> 1 commit"])
        #expect(
            Change.byField(target(map, applied: one(1)), over: ours(one(1)))?.lines == [
                "a 1 -> {b: 1} commit"
            ])
    }

    @Test func `a field that can't be changed in place makes it a replace`() {
        let applied: Value = .map(["a": .map(["x": .int(1)]), "b": .int(1)])
        let desired: Value = .map(["a": .map(["x": .int(2)]), "b": .int(2)])
        let change = Change.byField(target(desired, applied: applied), over: ours(applied), replacing: ["a"])
        #expect(change?.action == .replace)
        #expect(change?.lines == ["a.x 1 -> 2 commit !", "b 1 -> 2 commit"])
        let other = Change.byField(
            target(desired, applied: applied), over: ours(applied), replacing: ["x", "c"])
        #expect(other?.action == .update)
    }

    @Test func `a rotated secret and an unknown output are differences`() {
        func secret(_ version: String) -> Value {
            .map(["p": .secret(SecretHandle(ResourceID("secret", "shop", "db"), "p", version: version))])
        }
        #expect(
            Change.byField(
                target(secret("4"), applied: secret("3"), followsOnly: true), over: ours(secret("3")))?.lines
                == ["p (secret, version 3) -> (secret, version 4) dependency"])
        #expect(
            Change.byField(
                target(.map(["a": .unknown]), applied: one(1), followsOnly: true), over: ours(one(1)))?.lines
                == ["a 1 -> (known after apply) dependency"])
    }

    @Test(
        arguments: [
            ([.drift], true), ([.drift, .engine], true), ([.engine], false), ([.drift, .commit], false),
            ([.both], false),
            ([.dependency], false),
        ] as [([Cause], Bool)])
    func `only drift mends drift`(causes: [Cause], isDriftOnly: Bool) {
        var change = Change(.update, cause: .commit)
        change.fields = causes.enumerated().map { index, cause in
            let numbers: (Int, Int, Int)
            switch cause {
            case .drift: numbers = (1, 1, 2)
            case .engine: numbers = (1, 1, 1)
            case .both: numbers = (2, 1, 3)
            case .commit, .dependency: numbers = (2, 1, 1)
            }
            return target(one(numbers.0), applied: one(numbers.1), followsOnly: cause == .dependency)
                .field(FieldPath("a"), .int(index), .null, over: ours(one(numbers.2)))
        }
        #expect(change.fields.map(\.cause) == causes)
        #expect(change.isDriftOnly == isDriftOnly)
    }

    @Test func `a review binds what git asks for`() {
        #expect(Cause.allCases.filter(\.isReviewed) == [.commit, .dependency, .both])
    }
}
