extension Block {
    /// What a provider of the time before exact types answers, in the form that others give: a block is never null or
    /// unknown itself.
    package func normalized(_ value: CtyValue) -> CtyValue {
        guard let fields = value.fields else { return value }
        var normalized = fields
        for block in blocks where !block.block.type.hasDynamic {
            normalized[block.name] = block.normalized(fields[block.name] ?? .null)
        }
        return .object(normalized)
    }

    /// A block of which nothing is known but that it may be there.
    fileprivate var unknown: CtyValue {
        var fields: [String: CtyValue] = [:]
        for attribute in attributes { fields[attribute.name] = .unknown }
        for block in blocks { fields[block.name] = block.unknown }
        return .object(fields)
    }

    /// The legacy SDK can't tell an absent text, number or collection from an empty one, and answers one for the other
    /// as it likes. What only differs so from `prior` is as it was.
    package func withoutNoise(_ planned: CtyValue, prior: CtyValue, config: CtyValue) -> CtyValue {
        guard var fields = planned.fields, prior.fields != nil else { return planned }
        for attribute in attributes {
            let (new, old) = (planned[attribute.name], prior[attribute.name])
            if new != old, new.isEmptyOrNull, old.isEmptyOrNull, config[attribute.name].isEmptyOrNull {
                fields[attribute.name] = old
            }
        }
        for block in blocks
        where block.nesting == .list || block.nesting == .single || block.nesting == .group {
            fields[block.name] = block.withoutNoise(
                planned[block.name], prior: prior[block.name], config: config[block.name])
        }
        return .object(fields)
    }
}

extension NestedBlock {
    fileprivate func normalized(_ value: CtyValue) -> CtyValue {
        switch nesting {
        case .single where value.isNull: return value
        case .group where value.isNull: return block.empty
        case .single, .group: return value.isUnknown ? block.unknown : block.normalized(value)
        case .list: return .list(normalizedItems(of: value))
        case .set: return .set(CtySet(normalizedItems(of: value)))
        case .map: return value
        }
    }
    private func normalizedItems(of value: CtyValue) -> [CtyValue] {
        value.isUnknown ? [block.unknown] : (value.items ?? []).map { block.normalized($0) }
    }

    fileprivate var unknown: CtyValue {
        switch nesting {
        case .single, .group: block.unknown
        case .list: .list([block.unknown])
        case .set: .set(CtySet([block.unknown]))
        case .map: .object([:])
        }
    }

    fileprivate func withoutNoise(_ planned: CtyValue, prior: CtyValue, config: CtyValue) -> CtyValue {
        guard nesting == .list else { return block.withoutNoise(planned, prior: prior, config: config) }
        guard case .list(let items) = planned, let before = prior.items, before.count == items.count else {
            return planned
        }
        let asked = config.items ?? []
        return .list(
            items.indices.map { index in
                block.withoutNoise(
                    items[index], prior: before[index],
                    config: asked.indices.contains(index) ? asked[index] : .null)
            })
    }
}

extension CtyValue {
    fileprivate var isEmptyOrNull: Bool {
        switch self {
        case .null, .string(""): true
        case .number(let number): number.text == "0"
        case .bool(let flag): !flag
        case .list(let items): items.isEmpty
        case .set(let set): set.items.isEmpty
        case .object(let fields): fields.isEmpty
        default: false
        }
    }
}
