extension Block {
    /// The texts in a value that its schema says must not be shown.
    package func secrets(in value: CtyValue) -> [String] {
        guard holdsSecrets else { return [] }
        var texts: [String] = []
        collect(from: value, into: &texts)
        return texts
    }

    private func collect(from value: CtyValue, into texts: inout [String]) {
        guard let fields = value.fields else { return }
        for attribute in attributes where attribute.holdsSecrets {
            guard let field = fields[attribute.name] else { continue }
            guard !attribute.isSensitive, let nested = attribute.nested else {
                field.collectTexts(into: &texts)
                continue
            }
            field.eachElement(nested.nesting) { nested.block.collect(from: $0, into: &texts) }
        }
        for block in blocks where block.block.holdsSecrets {
            fields[block.name]?.eachElement(block.nesting) { block.block.collect(from: $0, into: &texts) }
        }
    }
}

extension Block {
    /// The texts in a state that was written by another schema: of what this one does not know, nobody can say that it is no
    /// secret.
    package func secrets(inOlder json: JSON) -> [String] {
        var texts: [String] = []
        collect(fromOlder: json, into: &texts)
        return texts
    }

    private func collect(fromOlder json: JSON, into texts: inout [String]) {
        guard case .object(let fields) = json else { return json.collectTexts(into: &texts) }
        for (name, field) in fields {
            if let attribute = attribute(name) {
                if attribute.isSensitive || attribute.isWriteOnly {
                    field.collectTexts(into: &texts)
                } else if let nested = attribute.nested {
                    for item in field.elements(nested.nesting) {
                        nested.block.collect(fromOlder: item, into: &texts)
                    }
                }
            } else if let nested = block(name) {
                for item in field.elements(nested.nesting) {
                    nested.block.collect(fromOlder: item, into: &texts)
                }
            } else {
                field.collectTexts(into: &texts)
            }
        }
    }
}

extension JSON {
    package func collectTexts(into texts: inout [String]) {
        switch self {
        case .string(let text): texts.append(text)
        case .number(let number): texts.append(number.text)
        case .array(let items): for item in items { item.collectTexts(into: &texts) }
        case .object(let fields): for field in fields.values { field.collectTexts(into: &texts) }
        case .null, .bool: break
        }
    }
    fileprivate func elements(_ nesting: Nesting) -> [JSON] {
        switch (nesting, self) {
        case (_, .null): []
        case (_, .array(let items)): items
        case (.map, .object(let fields)): Array(fields.values)
        default: [self]
        }
    }
}

extension Attribute {
    var holdsSecrets: Bool {
        isSensitive || nested.map { $0.attributes.contains(where: \.holdsSecrets) } ?? false
    }
}

extension CtyValue {
    /// Of itself, or of whatever it holds.
    package func collectTexts(into texts: inout [String]) {
        switch self {
        case .string(let text): texts.append(text)
        case .number(let number): texts.append(number.text)
        case .list(let items): for item in items { item.collectTexts(into: &texts) }
        case .set(let set): for item in set.items { item.collectTexts(into: &texts) }
        case .object(let fields): for field in fields.values { field.collectTexts(into: &texts) }
        case .dynamic(_, let value): value.collectTexts(into: &texts)
        case .null, .bool, .unknown, .refined: break
        }
    }

    fileprivate func eachElement(_ nesting: Nesting, _ body: (CtyValue) -> Void) {
        switch (nesting, self) {
        case (.single, _), (.group, _): body(self)
        case (_, .list(let items)): items.forEach(body)
        case (_, .set(let set)): set.items.forEach(body)
        case (_, .object(let fields)): fields.values.forEach(body)
        case (_, .dynamic(_, let value)): value.eachElement(nesting, body)
        default: break
        }
    }
}
