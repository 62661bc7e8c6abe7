import Model

extension Tree {
    typealias Pair = (key: Node.Index, value: Node.Index)

    func pairs(of mapping: Node.Index) -> [Pair] {
        var pairs: [Pair] = []
        var key = self[mapping].first
        while key >= 0 {
            let value = self[key].next
            pairs.append((key, value))
            key = self[value].next
        }
        return pairs
    }

    /// Empty where it is no mapping.
    func keys(of node: Node.Index) -> [String] {
        self[node].kind == .mapping ? pairs(of: node).map { string(target($0.key)) } : []
    }

    mutating func link(_ pairs: [Pair], in mapping: Node.Index) {
        self[mapping].count = Int32(pairs.count * 2)
        self[mapping].first = pairs.first?.key ?? -1
        for (position, pair) in pairs.enumerated() {
            self[pair.key].next = pair.value
            self[pair.value].next = position + 1 < pairs.count ? pairs[position + 1].key : -1
        }
    }

    func isMergeKey(_ key: Node.Index) -> Bool {
        let node = self[key]
        guard node.kind == .plain, node.count == 2 else { return false }
        return text[Int(node.first)] == UInt8(ascii: "<") && text[Int(node.first) + 1] == UInt8(ascii: "<")
    }

    /// The maps that `<<` names, in the order in which they count.
    func mergeSources(_ value: Node.Index) throws(Problem) -> [Node.Index] {
        let source = target(value)
        let sources = self[source].kind == .sequence ? children(source).map { target($0) } : [source]
        guard sources.allSatisfy({ self[$0].kind == .mapping }) else {
            throw Problem(self[value].place, "'<<' takes a map, or a list of maps")
        }
        return sources
    }

    /// Every key is a scalar and stands once. Returns whether one of them is `<<`.
    func checkKeys(of mapping: Node.Index) throws(Problem) -> Bool {
        if self[mapping].count > 32 { return try checkManyKeys(of: mapping) }
        var hasMerge = false
        var key = self[mapping].first
        while key >= 0 {
            let name = target(key)
            try checkIsScalar(name, at: key)
            hasMerge = hasMerge || isMergeKey(key)
            var earlier = self[mapping].first
            while earlier != key {
                if hasSameText(target(earlier), name) { throw duplicate(key, earlier) }
                earlier = self[self[earlier].next].next
            }
            key = self[self[key].next].next
        }
        return hasMerge
    }

    private func checkManyKeys(of mapping: Node.Index) throws(Problem) -> Bool {
        var hasMerge = false
        var seen: [String: Node.Index] = [:]
        for (key, _) in pairs(of: mapping) {
            try checkIsScalar(target(key), at: key)
            hasMerge = hasMerge || isMergeKey(key)
            if let earlier = seen.updateValue(key, forKey: string(target(key))) {
                throw duplicate(key, earlier)
            }
        }
        return hasMerge
    }

    private func checkIsScalar(_ node: Node.Index, at key: Node.Index) throws(Problem) {
        guard self[node].isScalar else {
            throw Problem(
                self[key].place,
                "a key is a string, found \(self[node].kind == .mapping ? "a map" : "a list")")
        }
    }
    private func hasSameText(_ one: Node.Index, _ other: Node.Index) -> Bool {
        let (one, other) = (self[one], self[other])
        guard one.count == other.count else { return false }
        return text.withUnsafeBufferPointer { all in
            for offset in 0..<Int(one.count)
            where all[Int(one.first) + offset] != all[Int(other.first) + offset] { return false }
            return true
        }
    }
    private func duplicate(_ key: Node.Index, _ earlier: Node.Index) -> Problem {
        Problem(
            self[key].place,
            "duplicate key '\(string(target(key)).escapedForDisplay)', first at \(self[earlier].place)")
    }
}
