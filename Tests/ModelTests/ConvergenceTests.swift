import Fixtures
import Testing

@testable import Model

/// Random trees: what a change says is applied to what is observed, and then nothing is left to do.
struct ConvergenceTests {
    private func value(_ depth: Int, using random: inout Seeded) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &random) {
        case 0: .int(Int.random(in: 0...2, using: &random))
        case 1: .string(["", "x", "y"].randomElement(using: &random) ?? "")
        case 2: .bool(Bool.random(using: &random))
        case 3:
            .list((0..<Int.random(in: 0...2, using: &random)).map { _ in value(depth - 1, using: &random) })
        default: map(depth, using: &random)
        }
    }
    private func map(_ depth: Int, using random: inout Seeded) -> Value {
        var fields: [String: Value] = [:]
        for key in ["a", "b", "c"] where Bool.random(using: &random) {
            fields[key] = value(depth - 1, using: &random)
        }
        return .map(fields)
    }
    /// The same tree with a few places changed.
    private func edited(_ value: Value, using random: inout Seeded) -> Value {
        guard case .map(var fields) = value else {
            return Int.random(in: 0..<3, using: &random) == 0 ? self.value(1, using: &random) : value
        }
        for key in ["a", "b", "c", "s"] {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: fields[key] = nil
            case 1: fields[key] = self.value(2, using: &random)
            default: fields[key] = fields[key].map { edited($0, using: &random) }
            }
        }
        return .map(fields)
    }
    /// What a server makes of a spec: defaults of its own beside what was asked for.
    private func served(_ spec: Value) -> Value {
        guard case .map(var fields) = spec else { return spec }
        fields = fields.mapValues(served)
        fields["default"] = .int(9)
        return .map(fields)
    }

    @Test(arguments: 1...20) func `applying a change leaves nothing to change`(seed: Int) {
        var random = Seeded(UInt64(seed))
        for _ in 0..<50 {
            let applied = map(3, using: &random)
            let desired = edited(applied, using: &random)
            let observed = edited(served(applied), using: &random)
            let isRecorded = Int.random(in: 0..<4, using: &random) > 0
            let target = target(desired, applied: isRecorded ? applied : nil, base: served(applied))
            let change = Change.byField(target, over: Observation(.ours, fields: observed))
            var world = observed
            for field in change?.fields ?? [] {
                #expect(world[field.path] ?? .null == field.before)
                #expect(field.before != field.after)
                world.set(served(field.after), at: field.path.components[...])
            }
            #expect(world.holds(desired), "\(desired) is not in \(world)")
            let after = Change.byField(target, over: Observation(.ours, fields: world))
            #expect(after == nil, "\(applied) -> \(desired), \(observed) -> \(world)")
            let recorded = self.target(desired, applied: desired, base: world)
            #expect(Change.byField(recorded, over: Observation(.ours, fields: world)) == nil)
        }
    }

    private func target(_ desired: Value, applied: Value?, base: Value) -> Target {
        Target(
            ResourceID("infrastructure", "shop", "x"), desired: desired,
            recorded: applied.map {
                Recorded(
                    source: "shop", layer: .provision, engine: "e", type: nil, manifest: .literal($0),
                    spec: $0,
                    dependencies: [], observation: Observation(.ours, fields: base), intent: 1,
                    onRemove: .delete)
            }, grants: Grants(projects: []))
    }
}

extension Value {
    /// Null takes a map's field away.
    fileprivate mutating func set(_ value: Value, at path: ArraySlice<FieldPath.Component>) {
        guard let first = path.first else {
            self = value
            return
        }
        switch (first, self) {
        case (.key(let key), .map(var fields)):
            var field = fields[key] ?? .null
            field.set(value, at: path.dropFirst())
            fields[key] = field == .null ? nil : field
            self = .map(fields)
        case (.index(let index), .list(var items)) where items.indices.contains(index):
            items[index].set(value, at: path.dropFirst())
            self = .list(items)
        default: break
        }
    }
    /// Whether all that a spec asks for is there.
    fileprivate func holds(_ spec: Value) -> Bool {
        switch (self, spec) {
        case (.map(let fields), .map(let wanted)):
            wanted.allSatisfy { fields[$0.key]?.holds($0.value) ?? false }
        case (.list(let items), .list(let wanted)):
            items.count == wanted.count && zip(items, wanted).allSatisfy { $0.holds($1) }
        default: self == spec
        }
    }
}
