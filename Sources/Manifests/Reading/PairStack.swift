import Model

/// The pairs of all maps that are being read, so that each map is made once, when all that it holds is known.
struct PairStack {
    private var pairs: [(key: String, result: Reader.Result)] = []

    init() { pairs.reserveCapacity(16) }

    var count: Int { pairs.count }

    /// What became nothing is left out.
    mutating func append(_ key: String, _ result: Reader.Result) {
        if case .nothing = result { return }
        pairs.append((key, result))
    }

    /// The map of the pairs from `start` on, over the defaults of `object`; of plain values where it holds no reference.
    mutating func popMap(from start: Int, over object: ObjectShape? = nil) -> Reader.Result {
        isPlain(from: start)
            ? .value(.map(popValues(from: start, object?.defaults ?? [:])))
            : .expression(.map(popExpressions(from: start, object?.defaultExpressions ?? [:])))
    }

    private func isPlain(from start: Int) -> Bool {
        for index in start..<pairs.count {
            if case .expression = pairs[index].result { return false }
        }
        return true
    }
    private mutating func popValues(from start: Int, _ defaults: [String: Value]) -> [String: Value] {
        var map = defaults
        if map.isEmpty { map.reserveCapacity(pairs.count - start) }
        while pairs.count > start {
            let pair = pairs.removeLast()
            if case .value(let value) = pair.result { map[pair.key] = value }
        }
        return map
    }
    private mutating func popExpressions(
        from start: Int, _ defaults: [String: Expression]
    ) -> [String: Expression] {
        var map = defaults
        if map.isEmpty { map.reserveCapacity(pairs.count - start) }
        while pairs.count > start {
            let pair = pairs.removeLast()
            map[pair.key] = pair.result.expression
        }
        return map
    }
}

/// A list that stays plain values until the first reference.
struct ListBuilder {
    private var values: [Value] = []
    private var expressions: [Expression]?

    init(capacity: Int) { values.reserveCapacity(capacity) }

    mutating func append(_ result: Reader.Result) {
        switch result {
        case .value(let value):
            if expressions == nil { values.append(value) } else { expressions?.append(.literal(value)) }
        case .expression(let expression):
            if expressions == nil { expressions = values.map(Expression.literal) }
            expressions?.append(expression)
        case .nothing: break
        }
    }
    var result: Reader.Result {
        expressions.map { .expression(.list($0)) } ?? .value(.list(values))
    }
}

/// The values of a list, each once; most lists are so short that looking at all of them is the quickest way.
struct UniqueValues {
    private var few: [Value] = []
    private var many: Set<Value> = []

    /// Whether it was not there.
    mutating func insert(_ value: Value) -> Bool {
        if !many.isEmpty { return many.insert(value).inserted }
        guard !few.contains(value) else { return false }
        few.append(value)
        if few.count > 16 { many = Set(few) }
        return true
    }
}
