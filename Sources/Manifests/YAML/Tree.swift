import Model

/// All documents of a file: nodes and text in one array each.
struct Tree: Sendable {
    var nodes: [Node] = []
    /// The text of every scalar, one after the other.
    var text: [UInt8] = []
    /// One node per document that holds something.
    var roots: [Node.Index] = []

    /// The node itself, or what an alias stands for.
    func target(_ index: Node.Index) -> Node.Index {
        let node = nodes[Int(index)]
        return node.kind == .alias ? node.first : index
    }
    subscript(index: Node.Index) -> Node {
        get { nodes[Int(index)] }
        set { nodes[Int(index)] = newValue }
    }

    func withText<T>(_ index: Node.Index, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        let node = self[index]
        return text.withUnsafeBufferPointer { all in
            body(UnsafeBufferPointer(rebasing: all[Int(node.first)..<Int(node.first + node.count)]))
        }
    }
    func string(_ index: Node.Index) -> String {
        withText(index) { String(decoding: $0, as: UTF8.self) }
    }
    func name(_ index: Node.Index) -> Name.Key { withText(index) { Name.Key($0) } }

    /// The value of a mapping's key; nil where there is none.
    func value(of name: Name, in mapping: Node.Index) -> Node.Index? {
        pair(name, in: mapping)?.value
    }
    func pair(_ name: Name, in mapping: Node.Index) -> (key: Node.Index, value: Node.Index)? {
        guard self[mapping].kind == .mapping else { return nil }
        var key = self[mapping].first
        while key >= 0 {
            let value = self[key].next
            if withText(target(key), name.equals) { return (key, target(value)) }
            key = self[value].next
        }
        return nil
    }
    /// The children of a sequence, or keys and values of a mapping, aliases not yet followed.
    func children(_ index: Node.Index) -> [Node.Index] {
        var (children, child): ([Node.Index], Node.Index) = ([], self[index].first)
        while child >= 0 {
            children.append(child)
            child = self[child].next
        }
        return children
    }

    /// The node at a path, or the deepest one on the way to it.
    func nearest(to path: FieldPath, from root: Node.Index) -> Node.Index {
        var node = target(root)
        for component in path.components {
            switch component {
            case .key(let key):
                guard let value = value(of: Name(key), in: node) else { return node }
                node = value
            case .index(let index):
                let items = self[node].kind == .sequence ? children(node) : []
                guard items.indices.contains(index) else { return node }
                node = target(items[index])
            }
        }
        return node
    }
}

/// A name that keys are compared with, byte by byte, its first eight at once.
struct Name: Sendable {
    /// The length and the first eight bytes.
    struct Key: Equatable, Sendable {
        var count: Int
        var head: UInt64

        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            count = bytes.count
            head = 0
            if count >= 8, let base = bytes.baseAddress {
                head = UnsafeRawPointer(base).loadUnaligned(as: UInt64.self).littleEndian
            } else {
                for byte in bytes.reversed() { head = head << 8 | UInt64(byte) }
            }
        }
    }
    let text: String
    let key: Key
    private let bytes: [UInt8]

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
        key = bytes.withUnsafeBufferPointer { Key($0) }
    }
    func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        other.count == key.count && Key(other) == key && tailEquals(other)
    }
    /// The rest, where key and head are known to be equal.
    func tailEquals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        key.count <= 8 || bytes.withUnsafeBufferPointer { $0.elementsEqual(other) }
    }
}
