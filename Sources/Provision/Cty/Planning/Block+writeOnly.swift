package import Model

extension Block {
    /// The same without what only goes to the provider, and is kept nowhere.
    package func withoutWriteOnly(_ value: CtyValue) -> CtyValue {
        guard holdsWriteOnly, case .object(var fields) = value else { return value }
        for attribute in attributes where attribute.holdsWriteOnly {
            if attribute.isWriteOnly {
                fields[attribute.name] = .null
            } else if let nested = attribute.nested {
                fields[attribute.name] = fields[attribute.name]?.mapping(
                    nested.nesting, nested.block.withoutWriteOnly)
            }
        }
        for nested in blocks where nested.block.holdsWriteOnly {
            fields[nested.name] = fields[nested.name]?.mapping(nested.nesting, nested.block.withoutWriteOnly)
        }
        return .object(fields)
    }

    /// That a value would keep what is only written, which is the provider's fault. No message shows it.
    package func problems(keptIn value: CtyValue) -> [FieldProblem] {
        guard holdsWriteOnly, withoutWriteOnly(value) != value else { return [] }
        let names =
            attributes.filter(\.holdsWriteOnly).map(\.name)
            + blocks.filter(\.block.holdsWriteOnly).map(\.name)
        let bare = withoutWriteOnly(value)
        return names.filter { bare[$0] != value[$0] }.map {
            FieldProblem(FieldPath($0), "is write-only, and is planned to be kept")
        }
    }
}

extension Attribute {
    var holdsWriteOnly: Bool {
        isWriteOnly || nested.map { $0.attributes.contains(where: \.holdsWriteOnly) } ?? false
    }
}

extension CtyValue {
    /// The same with each object of a nested block, or of a nested attribute, as `body` makes it.
    package func mapping(_ nesting: Nesting, _ body: (CtyValue) -> CtyValue) -> CtyValue {
        switch (nesting, self) {
        case (.single, _), (.group, _): body(self)
        case (_, .list(let items)): .list(items.map(body))
        case (_, .set(let set)): .set(CtySet(set.items.map(body)))
        case (.map, .object(let fields)): .object(fields.mapValues(body))
        case (_, .dynamic(let type, let value)): .dynamic(type, value.mapping(nesting, body))
        default: self
        }
    }
}
