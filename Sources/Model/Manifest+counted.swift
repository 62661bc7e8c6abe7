extension Manifest {
    /// The spec as it is recorded, and as it is compared with what is recorded. What its options ignore is marked there,
    /// whatever is said of it: nobody is shown that, so that it is said anew once it is not ignored any more.
    package var counted: Expression {
        options.ignore.isEmpty ? spec : spec.marking(options.ignore.map { FieldPath.keys(of: $0)[...] })
    }
}

extension Expression {
    /// No file says this.
    private static let ignored = Expression.text([])

    fileprivate func marking(_ places: [ArraySlice<String>]) -> Expression {
        if places.contains(where: \.isEmpty) { return .ignored }
        let inside = Dictionary(grouping: places) { $0.first ?? "" }.mapValues { $0.map { $0.dropFirst() } }
        switch self {
        case .literal(.map(let values)):
            return Self.marking(inside, in: values.mapValues(Expression.literal))
        case .map(let fields): return Self.marking(inside, in: fields)
        case .literal(.list), .list:
            var items = self.items
            let indices = inside.keys.compactMap { Int($0) }.filter(items.indices.contains)
            // Some place is in none of its items: it stands beside them.
            guard indices.count == inside.count else { return .list([self, .ignored]) }
            for index in indices { items[index] = items[index].marking(inside[String(index)] ?? []) }
            return Expression(folding: items)
        // A place in what is one value here.
        case .literal, .reference, .text: return .list([self, .ignored])
        }
    }

    private static func marking(
        _ inside: [String: [ArraySlice<String>]], in fields: [String: Expression]
    ) -> Expression {
        let marked = inside.map { (key, places) -> (String, Expression) in
            let isWhole = places.contains(where: \.isEmpty)
            return (key, fields[key]?.marking(places) ?? (isWhole ? .ignored : .list([.ignored])))
        }
        return Expression(folding: fields.merging(marked) { _, new in new })
    }
}

extension FieldPath {
    /// The parts of an RFC 6901 pointer.
    package static func keys(of pointer: String) -> [String] {
        pointer.split(separator: "/" as Character, omittingEmptySubsequences: false).dropFirst().map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }
}
