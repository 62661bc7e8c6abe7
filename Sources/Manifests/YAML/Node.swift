/// One node of a document, kept as numbers: a file of 500 bytes has 70 of them, and a source 100,000 files.
struct Node: Sendable {
    typealias Index = Int32

    enum Kind: UInt8, Sendable { case plain, quoted, sequence, mapping, alias }

    var kind: Kind
    /// Holds a `$`, and so may hold an expression. What a variable gave is none, whatever is in it.
    var isTemplate = false
    /// Its text stands in the source as it is, on one line, so that a place inside it can be told.
    var isVerbatim = false
    var place: Place
    /// Where its text begins, or its first child (of a mapping: key, value, key, …), or what the alias stands for.
    var first: Index
    /// Bytes of its text, or number of children.
    var count: Int32 = 0
    var next: Index = -1
    /// Nodes in it, aliases counted as what they stand for; 0 while it is still open.
    var size: Int32 = 0
    /// Levels of nodes under it.
    var height: Int32 = 0

    var isScalar: Bool { kind == .plain || kind == .quoted }
}

/// A line and a column, both counted from 1; columns in Unicode scalars.
struct Place: Hashable, Sendable, Comparable {
    var line: Int32
    var column: Int32

    static let start = Place(line: 1, column: 1)
    static func < (left: Place, right: Place) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

extension Place: CustomStringConvertible {
    var description: String { "\(line):\(column)" }
}

/// What one file may hold before it is refused.
package struct ReadingLimits: Sendable {
    /// Levels of lists and maps within each other.
    package var depth = 64
    /// Nodes of one file; an alias counts as all that it stands for.
    package var nodes = 200_000
    /// Bytes of one scalar.
    package var scalar = 1 << 20
    /// Resources that one `forEach` may make.
    package var expansions = 1000

    package init() {}
}
