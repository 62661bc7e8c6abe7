extension Block {
    /// What a configuration can say of an object: all but what only the provider gives.
    package func configured(_ value: CtyValue) -> CtyValue {
        guard var fields = value.fields else { return value }
        for attribute in attributes {
            fields[attribute.name] = attribute.configured(fields[attribute.name] ?? .null)
        }
        for nested in blocks { fields[nested.name] = nested.configured(fields[nested.name] ?? .null) }
        return .object(fields)
    }
}

extension Attribute {
    /// Only the provider gives it.
    package var isGiven: Bool { isComputed && !isOptional && !isRequired }

    fileprivate func configured(_ value: CtyValue) -> CtyValue {
        if isGiven { return .null }
        guard let nested else { return value }
        return value.mapping(nested.nesting, nested.block.configured)
    }
}

extension NestedBlock {
    /// What is typed by what it holds is typed anew, unlike by `CtyValue.mapping`.
    fileprivate func configured(_ value: CtyValue) -> CtyValue {
        switch nesting {
        case .single, .group: block.configured(value)
        case .list, .set: value.items.map { self.value(of: $0.map(block.configured)) } ?? value
        case .map: value.fields.map { self.value(of: $0.mapValues(block.configured)) } ?? value
        }
    }
}
