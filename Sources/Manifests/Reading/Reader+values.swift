import Model

extension Reader {
    /// A value in the form in which its field travels; nil where the field does not take it.
    static func canonical(_ value: Value, as shape: Shape) -> Value? {
        var reader = Reader(Tree())
        let node = reader.graft(value, at: .start)
        let result = reader.read(node, as: shape).value
        return reader.problems.isEmpty ? result : nil
    }

    /// Whether a key's value is a map of scalars that each read as a string of just that text.
    func holdsPlainTexts(_ key: Node.Index) -> Bool {
        guard key >= 0, case let map = tree.target(tree[key].next), tree[map].kind == .mapping else {
            return false
        }
        var key = tree[map].first
        while key >= 0 {
            let value = tree[key].next
            guard tree[value].isScalar, !tree[value].isTemplate, !isNull(value) else { return false }
            key = tree[value].next
        }
        return true
    }
    /// The texts of such a map.
    func texts(_ key: Node.Index) -> [String: String] {
        let map = tree.target(tree[key].next)
        var texts: [String: String] = Dictionary(minimumCapacity: Int(tree[map].count / 2))
        var key = tree[map].first
        while key >= 0 {
            let value = tree[key].next
            texts[tree.string(tree.target(key))] = tree.string(value)
            key = tree[value].next
        }
        return texts
    }

    /// Nodes that read as the value does, whatever the field, and hold no expression any more.
    mutating func graft(_ value: Value, at place: Place) -> Node.Index {
        switch value {
        case .null: scalar("null", .plain, place)
        case .bool, .int, .scalar: scalar(value.string ?? "", .plain, place)
        case .list(let items):
            collection(.sequence, items.map { graft($0, at: place) }, place)
        case .map(let fields):
            collection(
                .mapping,
                fields.sorted { $0.key < $1.key }.flatMap {
                    [scalar($0.key, .quoted, place), graft($0.value, at: place)]
                }, place)
        case .string(let text): scalar(text, .quoted, place)
        case .text, .unknown, .secret, .hidden: scalar(value.description, .quoted, place)
        }
    }

    mutating func scalar(_ text: String, _ kind: Node.Kind, _ place: Place) -> Node.Index {
        var node = Node(kind: kind, place: place, first: Node.Index(tree.text.count))
        tree.text.append(contentsOf: text.utf8)
        node.count = Node.Index(tree.text.count) - node.first
        tree.nodes.append(node)
        return Node.Index(tree.nodes.count - 1)
    }
    private mutating func collection(_ kind: Node.Kind, _ children: [Node.Index], _ place: Place)
        -> Node.Index
    {
        var node = Node(kind: kind, place: place, first: children.first ?? -1)
        node.count = Int32(children.count)
        for (child, next) in zip(children, children.dropFirst()) { tree[child].next = next }
        tree.nodes.append(node)
        return Node.Index(tree.nodes.count - 1)
    }
}
