extension Block {
    /// What a provider is proposed as the new state: the configuration, with what the provider gave before where the
    /// configuration says nothing. `prior` is null where nothing exists, and unknown where all that it would give is.
    package func proposed(prior: CtyValue, config: CtyValue) -> CtyValue {
        if config.isNull && prior.isNull { return prior }
        let prior = prior.isNull ? empty : prior
        guard !config.isUnknown, !config.isNull else { return prior }
        var fields = attributes.proposed(prior: prior, config: config)
        for block in blocks {
            fields[block.name] = block.proposed(prior: prior[block.name], config: config[block.name])
        }
        return .object(fields)
    }
}

extension NestedBlock {
    fileprivate func proposed(prior: CtyValue, config: CtyValue) -> CtyValue {
        if config.isUnknown { return config }
        switch nesting {
        case .single where config.isNull: return config
        case .single, .group: return block.proposed(prior: prior, config: config)
        case .map:
            return value(of: (config.fields ?? [:]).merged(with: prior, block.proposed))
        case .list:
            return value(of: (config.items ?? []).merged(with: prior, block.proposed))
        case .set:
            let items = (config.items ?? []).matched(with: prior, block, orElse: .null)
            return value(of: items.map { block.proposed(prior: $0.prior, config: $0.config) })
        }
    }
}

extension [Attribute] {
    fileprivate func proposed(prior: CtyValue, config: CtyValue) -> [String: CtyValue] {
        var fields: [String: CtyValue] = [:]
        for attribute in self {
            let (before, asked) = (prior[attribute.name], config[attribute.name])
            fields[attribute.name] =
                if attribute.isComputed && asked.isNull {
                    attribute.wasConfigured(before) ? asked : before
                } else if let nested = attribute.nested, !asked.isUnknown, !asked.isNull {
                    nested.proposed(prior: before, config: asked)
                } else {
                    asked
                }
        }
        return fields
    }
}

extension Attribute {
    /// Whether something stands in it that only a configuration gives: what was configured, and is no more, is given anew.
    fileprivate func wasConfigured(_ prior: CtyValue) -> Bool {
        guard isOptional, let nested else { return false }
        return nested.holdsConfigured(prior)
    }
}

extension NestedObject {
    fileprivate func holdsConfigured(_ value: CtyValue) -> Bool {
        let objects: [CtyValue]
        switch nesting {
        case .single, .group: objects = [value]
        case .list, .set: objects = value.items ?? []
        case .map: objects = value.fields.map { Array($0.values) } ?? []
        }
        return objects.contains { object in
            attributes.contains { attribute in
                let part = object[attribute.name]
                guard !part.isNull else { return false }
                return !attribute.isComputed || attribute.nested?.holdsConfigured(part) ?? false
            }
        }
    }

    fileprivate func proposed(prior: CtyValue, config: CtyValue) -> CtyValue {
        func object(_ prior: CtyValue, _ config: CtyValue) -> CtyValue {
            guard config.fields != nil else { return config }
            return .object(attributes.proposed(prior: prior, config: config))
        }
        switch nesting {
        case .single, .group: return object(prior, config)
        case .map: return .object((config.fields ?? [:]).merged(with: prior, object))
        case .list: return .list((config.items ?? []).merged(with: prior, object))
        case .set:
            let items = (config.items ?? []).matched(with: prior, block, orElse: nil)
            return .set(CtySet(items.map { $0.isNew ? $0.config : object($0.prior, $0.config) }))
        }
    }
}

extension [CtyValue] {
    /// Item by item, where the prior list has one; a new item is taken as it is.
    fileprivate func merged(with prior: CtyValue, _ merge: (CtyValue, CtyValue) -> CtyValue) -> [CtyValue] {
        let before = prior.items ?? []
        return enumerated().map { index, asked in
            if prior.isUnknown { return merge(.unknown, asked) }
            return before.indices.contains(index) ? merge(before[index], asked) : asked
        }
    }

    /// Each with the prior item that it may have come from, once each.
    fileprivate func matched(with prior: CtyValue, _ block: Block, orElse: CtyValue?)
        -> [(prior: CtyValue, config: CtyValue, isNew: Bool)]
    {
        if prior.isUnknown { return map { (.unknown, $0, false) } }
        var rest = prior.items ?? []
        return map { asked in
            // The very same one first, so that it is not taken by one that is less like it.
            let found =
                rest.firstIndex(of: asked) ?? rest.firstIndex { block.mayBecome($0, from: asked) }
            guard let found else { return (orElse ?? .null, asked, true) }
            return (rest.remove(at: found), asked, false)
        }
    }
}

extension [String: CtyValue] {
    fileprivate func merged(with prior: CtyValue, _ merge: (CtyValue, CtyValue) -> CtyValue) -> Self {
        let before = prior.fields ?? [:]
        var merged: Self = [:]
        for (key, asked) in self {
            merged[key] =
                if prior.isUnknown {
                    merge(.unknown, asked)
                } else {
                    before[key].map { merge($0, asked) } ?? asked
                }
        }
        return merged
    }
}

extension Block {
    /// Whether an item of a set could have come of this configuration: equal in all that the provider does not give.
    fileprivate func mayBecome(_ prior: CtyValue, from config: CtyValue) -> Bool {
        if prior == config { return true }
        guard prior.fields != nil, config.fields != nil else { return false }
        return attributes.allSatisfy { $0.mayBecome(prior[$0.name], from: config[$0.name]) }
            && blocks.allSatisfy {
                $0.block.mayBecome(prior[$0.name], from: config[$0.name], $0.nesting)
            }
    }
    /// A prior item that has less of a nested block may become one that has more.
    fileprivate func mayBecome(_ prior: CtyValue, from config: CtyValue, _ nesting: Nesting) -> Bool {
        if prior == config { return true }
        switch nesting {
        case .single, .group: return prior.isNull || mayBecome(prior, from: config)
        case .map:
            guard let before = prior.fields, let asked = config.fields else { return prior.isNull }
            return before.allSatisfy { key, item in asked[key].map { mayBecome(item, from: $0) } ?? false }
        case .list:
            guard let before = prior.items, let asked = config.items else { return prior.isNull }
            return before.count <= asked.count && zip(before, asked).allSatisfy(mayBecome)
        // Items of a set have no place by which they could be compared.
        case .set: return prior.isNull || prior.items?.isEmpty ?? false
        }
    }
}

extension Attribute {
    fileprivate func mayBecome(_ prior: CtyValue, from config: CtyValue) -> Bool {
        if prior == config || (isComputed && config.isNull) || isWriteOnly { return true }
        guard let nested else { return false }
        return nested.block.mayBecome(prior, from: config, nested.nesting)
    }
}
