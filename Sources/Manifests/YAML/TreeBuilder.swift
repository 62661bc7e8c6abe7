import CYAML

/// Makes nodes of libyaml's events, and refuses what would grow too large before it does.
struct TreeBuilder {
    private(set) var tree = Tree()
    private let limits: ReadingLimits
    /// What is open, but for the innermost, which nearly every event changes.
    private var outer: [Open] = []
    private var innermost = Open(node: -1)
    /// Roots of documents whose end has come.
    private var finished = 0
    private var anchors: [String: Node.Index] = [:]
    /// Nodes of this file so far, aliases counted as what they stand for.
    private var expanded = 0

    /// A list or map whose end has not come yet.
    private struct Open {
        /// -1 outside of all lists and maps.
        var node: Node.Index
        var last: Node.Index = -1
        var count: Int32 = 0
        var size: Int32 = 1
        var height: Int32 = 0
    }

    init(capacity: Int, limits: ReadingLimits) {
        self.limits = limits
        tree.nodes.reserveCapacity(min(capacity / 6 + 8, limits.nodes))
        tree.text.reserveCapacity(capacity)
    }

    /// Forgets the document that a problem stands in.
    mutating func dropOpenDocument() {
        tree.roots.removeSubrange(finished...)
        (outer, innermost) = ([], Open(node: -1))
    }

    mutating func take(_ event: borrowing yaml_event_t) throws(Problem) {
        let place = Place(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT: try takeScalar(event, place)
        case YAML_DOCUMENT_START_EVENT: anchors = [:]
        case YAML_DOCUMENT_END_EVENT: finished = tree.roots.count
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try Tag.check(start.tag, .sequence, at: place)
            try begin(.sequence, at: place, anchor: start.anchor)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try Tag.check(start.tag, .mapping, at: place)
            try begin(.mapping, at: place, anchor: start.anchor)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: try end()
        case YAML_ALIAS_EVENT: try takeAlias(event.data.alias.anchor, place)
        default: break
        }
    }

    private mutating func takeScalar(_ event: borrowing yaml_event_t, _ place: Place) throws(Problem) {
        let scalar = event.data.scalar
        guard scalar.length <= limits.scalar else {
            throw Problem(place, "a scalar of \(scalar.length) bytes, which is more than \(limits.scalar)")
        }
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        var kind = scalar.style == YAML_PLAIN_SCALAR_STYLE ? Node.Kind.plain : .quoted
        let isQuoted = kind == .quoted
        if scalar.tag != nil { kind = try Tag.kind(scalar.tag, of: bytes, at: place) }
        if innermost.node < 0 && kind == .plain && Core.isNull(bytes) { return }
        var node = Node(kind: kind, place: place, first: Node.Index(tree.text.count))
        node.count = Int32(scalar.length)
        node.size = 1
        if UnsafeRawBufferPointer(bytes).offset(of: UInt8(ascii: "$")) != nil {
            let characters = bytes.count { $0 & 0xC0 != 0x80 }
            let (start, end) = (event.start_mark, event.end_mark)
            node.isTemplate = true
            node.isVerbatim =
                start.line == end.line && end.index - start.index == characters + (isQuoted ? 2 : 0)
        }
        tree.text.append(contentsOf: bytes)
        let index = try add(node)
        if let anchor = scalar.anchor { register(anchor, index) }
    }

    private mutating func takeAlias(_ anchor: UnsafePointer<yaml_char_t>?, _ place: Place) throws(Problem) {
        let name = anchor.map { String(cString: $0) } ?? ""
        guard let target = anchors[name] else {
            throw Problem(place, "alias '*\(name)', but no anchor '&\(name)' stands before it")
        }
        let (size, height) = (tree[target].size, tree[target].height)
        guard size > 0 else { throw Problem(place, "alias '*\(name)' stands inside what it stands for") }
        try expand(by: Int(size) - 1, at: place)
        guard outer.count + Int(height) < limits.depth else { throw tooDeep(place) }
        var node = Node(kind: .alias, place: place, first: target)
        (node.size, node.height) = (size, height)
        _ = try add(node)
    }

    private mutating func begin(
        _ kind: Node.Kind, at place: Place, anchor: UnsafePointer<yaml_char_t>?
    ) throws(Problem) {
        guard outer.count < limits.depth else { throw tooDeep(place) }
        let index = try add(Node(kind: kind, place: place, first: -1))
        if let anchor { register(anchor, index) }
        outer.append(innermost)
        innermost = Open(node: index)
    }

    private mutating func end() throws(Problem) {
        guard let surrounding = outer.popLast() else { return }
        let closed = innermost
        innermost = surrounding
        tree.nodes[Int(closed.node)].count = closed.count
        tree.nodes[Int(closed.node)].size = closed.size
        tree.nodes[Int(closed.node)].height = closed.height + 1
        count(size: closed.size, height: closed.height + 1)
        guard tree.nodes[Int(closed.node)].kind == .mapping, try tree.checkKeys(of: closed.node) else {
            return
        }
        try merge(closed.node)
    }

    /// Appends under what is open.
    private mutating func add(_ node: Node) throws(Problem) -> Node.Index {
        try expand(by: 1, at: node.place)
        let index = Node.Index(tree.nodes.count)
        tree.nodes.append(node)
        if innermost.node < 0 {
            tree.roots.append(index)
        } else if innermost.last < 0 {
            tree.nodes[Int(innermost.node)].first = index
        } else {
            tree.nodes[Int(innermost.last)].next = index
        }
        innermost.last = index
        innermost.count += 1
        // A list or a map counts once it has ended.
        if node.size > 0 { count(size: node.size, height: node.height) }
        return index
    }
    private mutating func count(size: Int32, height: Int32) {
        innermost.size += size
        innermost.height = max(innermost.height, height)
    }
    private mutating func register(_ anchor: UnsafePointer<yaml_char_t>, _ index: Node.Index) {
        anchors[String(cString: anchor)] = index
    }
    private mutating func expand(by count: Int, at place: Place) throws(Problem) {
        expanded += count
        guard expanded <= limits.nodes else {
            throw Problem(
                place, "more than \(limits.nodes) nodes, with aliases counted as what they stand for")
        }
    }
    private func tooDeep(_ place: Place) -> Problem {
        Problem(place, "more than \(limits.depth) lists and maps within each other")
    }

    /// Replaces `<<` by the pairs of the maps it names; what is written in the map itself stands.
    private mutating func merge(_ mapping: Node.Index) throws(Problem) {
        let pairs = tree.pairs(of: mapping)
        var kept = pairs.filter { !tree.isMergeKey($0.key) }
        var names = Set(kept.map { tree.string(tree.target($0.key)) })
        for pair in pairs where tree.isMergeKey(pair.key) {
            for source in try tree.mergeSources(pair.value) {
                for other in tree.pairs(of: source)
                where names.insert(tree.string(tree.target(other.key))).inserted {
                    try expand(by: 2, at: tree[pair.key].place)
                    kept.append((copy(other.key), copy(other.value)))
                }
            }
        }
        tree.link(kept, in: mapping)
    }
    private mutating func copy(_ index: Node.Index) -> Node.Index {
        var node = tree[index]
        if !node.isScalar && node.kind != .alias {
            node.kind = .alias
            node.first = index
        }
        node.next = -1
        tree.nodes.append(node)
        return Node.Index(tree.nodes.count - 1)
    }
}

extension Place {
    init(_ mark: yaml_mark_t) {
        self.init(
            line: Int32(truncatingIfNeeded: mark.line) + 1, column: Int32(truncatingIfNeeded: mark.column) + 1
        )
    }
}
