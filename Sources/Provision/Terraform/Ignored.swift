import Cty
import Model

extension Block {
    /// A configuration with what is to be ignored as it is. What only the provider gives is in no configuration, whatever
    /// was taken into it.
    func configuration(_ config: CtyValue, ignoring paths: [FieldPath], as prior: CtyValue) -> CtyValue {
        guard !paths.isEmpty, !prior.isNull, config.fields != nil else { return config }
        return configured(reverting(paths, in: config, to: prior))
    }

    /// The same with what stands at these paths as it was.
    func reverting(_ paths: [FieldPath], in value: CtyValue, to prior: CtyValue) -> CtyValue {
        guard !prior.isNull else { return value }
        return paths.reduce(value) { $0.taking($1.components[...], from: prior, as: type) }
    }
}

extension CtyValue {
    /// The same with another's value at a path, where both lead there. A map may lack the key, or be none, on either side:
    /// then the key comes or goes. A block that is written without a list is the only one of its list.
    fileprivate func taking(
        _ path: ArraySlice<FieldPath.Component>, from other: CtyValue, as type: CtyType
    ) -> CtyValue {
        guard let first = path.first else { return other }
        let rest = path.dropFirst()
        switch (first, type) {
        case (.key(let key), .object(let types, _)):
            guard case .object(var fields) = self, let type = types[key], let mine = fields[key],
                case .object(let others) = other, let theirs = others[key]
            else { return self }
            fields[key] = mine.taking(rest, from: theirs, as: type)
            return .object(fields)
        case (.key(let key), .map(let element)):
            guard !isUnknown else { return self }
            var items = fields ?? [:]
            let theirs = other.fields?[key]
            if rest.isEmpty {
                items[key] = theirs
            } else if let mine = items[key], let theirs {
                items[key] = mine.taking(rest, from: theirs, as: element)
            }
            return items.isEmpty && (isNull || other.isNull) ? .null : .object(items)
        case (.index(let index), .list(let element)):
            guard case .list(var items) = self, case .list(let others) = other,
                items.indices.contains(index), others.indices.contains(index)
            else { return self }
            items[index] = items[index].taking(rest, from: others[index], as: element)
            return .list(items)
        case (.key, .list(let element)), (.key, .set(let element)):
            guard let mine = only, let theirs = other.only else { return self }
            let item = mine.taking(path, from: theirs, as: element)
            if case .set = self { return .set(CtySet([item])) }
            return .list([item])
        default: return self
        }
    }
    private var only: CtyValue? { items?.count == 1 ? items?.first : nil }
}

extension CtyType {
    /// Why a path of a manifest leads nowhere in a value of this type; nil where it leads somewhere.
    func obstacle(to path: ArraySlice<FieldPath.Component>) -> (message: String, hint: String?)? {
        guard let first = path.first else { return nil }
        let rest = path.dropFirst()
        switch (first, self) {
        case (_, .dynamic): return nil
        case (.key(let key), .object(let types, _)):
            if let type = types[key] { return type.obstacle(to: rest) }
            return (
                "has no attribute '\(key.escapedForDisplay)'",
                Suggestion.hint(key, among: types.keys.sorted())
            )
        case (.key, .map(let element)), (.index, .list(let element)): return element.obstacle(to: rest)
        case (.index(let index), .tuple(let elements)) where elements.indices.contains(index):
            return elements[index].obstacle(to: rest)
        case (.key, .list(let element)), (.key, .set(let element)): return element.obstacle(to: path)
        case (.index, .set): return ("has items without an order", "name the whole set")
        default: return ("has nothing inside", nil)
        }
    }
}
