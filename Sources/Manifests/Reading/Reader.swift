import Model

/// Reads nodes as their shapes say, and gathers what is wrong.
struct Reader {
    /// What a node became: nothing where a problem was told.
    enum Result {
        case value(Value)
        case expression(Expression)
        case nothing

        var expression: Expression? {
            switch self {
            case .value(let value): .literal(value)
            case .expression(let expression): expression
            case .nothing: nil
            }
        }
        var value: Value? { if case .value(let value) = self { value } else { nil } }
    }
    /// A step down from the root, kept as a number so that going down costs nothing.
    enum Step {
        case key(Node.Index)
        case index(Int)
    }

    var tree: Tree
    var scope: Scope
    var problems: [Problem] = []
    /// Resources that were named on the way.
    var uses: [Use] = []
    var path: [Step] = []
    /// What the path begins with in messages: `Job`.
    var root: String
    /// For each object that is being read, the node of each member, -1 where it is not written.
    private var slots: [Node.Index] = []
    /// The pairs of the maps that are being read, the innermost map's last.
    private var pairs = PairStack()

    init(_ tree: Tree, scope: Scope = Scope(), root: String = "") {
        (self.tree, self.scope, self.root) = (tree, scope, root)
        slots.reserveCapacity(32)
        path.reserveCapacity(8)
    }

    mutating func read(_ node: Node.Index, as shape: Shape) -> Result {
        let index = tree.target(node)
        let node = tree[index]
        if node.isTemplate && scope.hasExpressions { return readTemplate(index, as: shape) }
        switch shape.form {
        case .scalar(let form):
            guard node.isScalar else { return mismatch(index, shape) }
            return readScalar(index, as: form, shape)
        case .object(let object):
            guard node.kind == .mapping else { return mismatch(index, shape) }
            return readObject(index, as: object)
        case .map(let element):
            guard node.kind == .mapping else { return mismatch(index, shape) }
            return readMap(index, of: element)
        case .list(let element, let isUnique):
            guard node.kind == .sequence else { return mismatch(index, shape) }
            return readList(index, of: element, isUnique: isUnique)
        case .oneOf(let shapes): return readOne(index, of: shapes, shape)
        case .any: return readAny(index)
        }
    }

    mutating func readObject(_ index: Node.Index, as object: ObjectShape) -> Result {
        let ports = scope.ports
        defer { scope.ports = ports }
        let members = match(index, to: object)
        defer { release(members) }
        if let position = object.ports {
            let key = slots[members.lowerBound + position]
            scope.ports = key < 0 ? [] : tree.keys(of: tree.target(tree[key].next))
        }
        let start = pairs.count
        for (position, member) in object.members.enumerated() {
            let key = slots[members.lowerBound + position]
            // Every default is there already.
            if key < 0, member.defaultValue != nil { continue }
            guard let result = read(member, at: key, in: index) else { continue }
            if let standard = member.defaultValue, case .value(let value) = result, value == standard {
                continue
            }
            pairs.append(member.name.text, result)
        }
        return pairs.popMap(from: start, over: object)
    }

    /// One member of an object; `key` is -1 where it is not written.
    mutating func read(_ member: ObjectShape.Member, at key: Node.Index, in mapping: Node.Index) -> Result? {
        guard key >= 0 else { return absent(member, in: mapping) }
        let value = tree[key].next
        if isNull(value) { return absent(member, in: mapping) }
        path.append(.key(key))
        defer { path.removeLast() }
        return read(value, as: member.shape)
    }
    private mutating func absent(_ member: ObjectShape.Member, in mapping: Node.Index) -> Result? {
        if let value = member.defaultValue { return .value(value) }
        if member.isRequired {
            problems.append(
                Problem(tree[mapping].place, "missing key '\(member.name.text)' in \(surroundings)"))
        }
        return nil
    }

    /// Finds the key of each member, and tells of keys that are none. The range is of `slots`, until `release`.
    mutating func match(_ mapping: Node.Index, to object: ObjectShape) -> Range<Int> {
        let base = slots.count
        slots.append(contentsOf: repeatElement(-1, count: object.members.count))
        var key = tree[mapping].first
        while key >= 0 {
            if let member = tree.withText(tree.target(key), object.index) {
                slots[base + member] = key
            } else {
                tellUnknown(key, object)
            }
            key = tree[tree[key].next].next
        }
        return base..<slots.count
    }
    func slot(_ members: Range<Int>, _ position: Int) -> Node.Index { slots[members.lowerBound + position] }
    mutating func release(_ members: Range<Int>) { slots.removeLast(members.count) }

    private mutating func tellUnknown(_ key: Node.Index, _ object: ObjectShape) {
        let name = tree.string(tree.target(key))
        let names = object.members.map(\.name.text)
        let hint =
            object.advice[name] ?? Suggestion.hint(name, among: names)
            ?? (names.isEmpty || names.count > 24
                ? nil : "it takes \(names.map { "'\($0)'" }.joined(separator: ", "))")
        problems.append(
            Problem(tree[key].place, "unknown key '\(name.escapedForDisplay)' in \(surroundings)", hint: hint)
        )
    }

    private mutating func readMap(_ index: Node.Index, of element: Shape) -> Result {
        let start = pairs.count
        var key = tree[index].first
        while key >= 0 {
            let value = tree[key].next
            path.append(.key(key))
            let result = read(value, as: element)
            pairs.append(tree.string(tree.target(key)), result)
            path.removeLast()
            key = tree[value].next
        }
        return pairs.popMap(from: start)
    }

    private mutating func readList(_ index: Node.Index, of element: Shape, isUnique: Bool) -> Result {
        var list = ListBuilder(capacity: Int(tree[index].count))
        var seen = isUnique ? UniqueValues() : nil
        var item = tree[index].first
        var position = 0
        while item >= 0 {
            path.append(.index(position))
            let result = read(item, as: element)
            if case .value(let value) = result, seen?.insert(value) == false {
                problems.append(
                    Problem(tree[item].place, "\(subject) stands in the list before: \(found(item))"))
            }
            path.removeLast()
            list.append(result)
            (item, position) = (tree[item].next, position + 1)
        }
        return list.result
    }

    /// The first shape that takes it. Where none does, a map's or list's own problems say more than "is no …".
    private mutating func readOne(_ index: Node.Index, of shapes: [Shape], _ whole: Shape) -> Result {
        let (told, named) = (problems.count, uses.count)
        for shape in shapes {
            let result = read(index, as: shape)
            if problems.count == told { return result }
            problems.removeSubrange(told...)
            uses.removeSubrange(named...)
        }
        let kind = tree[index].kind
        let likely = shapes.filter { shape in
            switch shape.form {
            case .object, .map: kind == .mapping
            case .list: kind == .sequence
            default: false
            }
        }
        return likely.count == 1 ? read(index, as: likely[0]) : mismatch(index, whole)
    }

    mutating func readAny(_ node: Node.Index) -> Result {
        let index = tree.target(node)
        let node = tree[index]
        if node.isTemplate && scope.hasExpressions { return readTemplate(index, as: Self.any) }
        switch node.kind {
        case .plain: return .value(tree.withText(index, Core.value))
        case .quoted: return .value(.string(tree.string(index)))
        case .mapping: return readMap(index, of: Self.any)
        case .sequence, .alias: return readList(index, of: Self.any, isUnique: false)
        }
    }
    static let any = Shape(.any)

    func isNull(_ node: Node.Index) -> Bool {
        let index = tree.target(node)
        return tree[index].kind == .plain && tree.withText(index, Core.isNull)
    }
}
