extension Change {
    /// The difference field by field, three ways; nil when there is none. What a server added by itself is none.
    /// A field of `replacing` that differs makes it a replace.
    package static func byField(
        _ target: Target, over observation: Observation, replacing: Set<String> = []
    ) -> Change? {
        let cause = target.cause(over: observation)
        guard let desired = target.desired else {
            return observation.presence == .ours
                ? Change(.delete, cause: cause, payload: observation.state) : nil
        }
        guard observation.presence != .absent else {
            let fields = desired.fields.keys.sorted().map { key in
                target.field(FieldPath(key), .null, desired[key] ?? .null, over: observation)
            }
            return Change(.create, fields, cause: cause, payload: observation.state)
        }
        let sides = Sides(
            desired: desired, applied: target.recorded?.spec, base: target.recorded?.observation.fields,
            observed: observation.fields)
        let fields = sides.differences(at: FieldPath(), of: target, over: observation, replacing: replacing)
        guard !fields.isEmpty else { return nil }
        return Change(
            fields.contains(where: \.replaces) ? .replace : .update, fields, cause: cause,
            outputs: observation.outputs, payload: observation.state)
    }
}

/// One place in the four trees of a three-way comparison (the record has two: what was asked, and what came of it).
private struct Sides {
    var desired: Value?
    var applied: Value?
    var base: Value?
    var observed: Value?
    /// Whether the record saw what this place is in, so that what it did not see was added since.
    var isBased = true

    /// What the field shall be: as desired; gone, where it was applied before or added by somebody; else as it was.
    private var after: Value {
        if let desired { return desired }
        if applied != nil { return .null }
        return base ?? (isBased ? .null : observed ?? .null)
    }

    func differences(
        at path: FieldPath, of target: Target, over observation: Observation, replacing: Set<String>
    ) -> [FieldChange] {
        let (before, after) = (observed ?? .null, after)
        if before == after, base == observed { return [] }
        if let keys = commonKeys {
            return keys.sorted().flatMap { key in
                self[key].differences(
                    at: path.appending(key), of: target, over: observation, replacing: replacing)
            }
        }
        if case .list(let one) = before, case .list(let other) = after, one.count == other.count {
            return one.indices.flatMap { index in
                self[index].differences(
                    at: path.appending(index), of: target, over: observation, replacing: replacing)
            }
        }
        if before == after { return [] }
        let isTop = path.components.first.map { component in
            if case .key(let key) = component { replacing.contains(key) } else { false }
        }
        let field = target.field(path, before, after, over: observation, replaces: isTop ?? false)
        // Neither git nor the world moved: what the server made of it, or added to it, is as it should be.
        return field.cause == .engine ? [] : [field]
    }

    private var commonKeys: Set<String>? {
        guard case .map(let fields)? = observed,
            desired.map({ if case .map = $0 { true } else { false } }) ?? true
        else { return nil }
        if desired == nil && after == .null { return nil }
        return Set(fields.keys).union(desired?.fields.keys ?? [:].keys).union(base?.fields.keys ?? [:].keys)
            .union(applied?.fields.keys ?? [:].keys)
    }
    private subscript(key: String) -> Sides {
        Sides(
            desired: desired?[key], applied: applied?[key], base: base?[key], observed: observed?[key],
            isBased: base.map { if case .map = $0 { true } else { false } } ?? false)
    }
    private subscript(index: Int) -> Sides {
        func item(_ value: Value?) -> Value? {
            value.flatMap { $0.items.indices.contains(index) ? $0.items[index] : nil }
        }
        return Sides(
            desired: item(desired), applied: item(applied), base: item(base), observed: item(observed),
            isBased: item(base) != nil)
    }
}
