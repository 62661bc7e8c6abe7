import Model

/// Where two values differ: the smallest parts of them that have a name that lasts.
struct Difference: Hashable {
    var path: FieldPath
    /// Null where there is none.
    var before: Value
    var after: Value

    /// - Parameter sets: lists without order, which differ as a whole.
    static func all(_ before: Value, _ after: Value, at path: FieldPath, sets: Set<FieldPath> = [])
        -> [Difference]
    {
        if before == after { return [] }
        switch (before, after) {
        case (.map(let one), .map(let other)):
            return Set(one.keys).union(other.keys).sorted().flatMap { key in
                all(one[key] ?? .null, other[key] ?? .null, at: path.appending(key), sets: sets)
            }
        case (.list(let one), .list(let other)) where one.count == other.count && !sets.contains(path):
            return one.indices.flatMap { all(one[$0], other[$0], at: path.appending($0), sets: sets) }
        default: return [Difference(path: path, before: before, after: after)]
        }
    }
}

extension FieldPath {
    /// Whether one holds the other, or is it.
    func touches(_ other: FieldPath) -> Bool {
        zip(components, other.components).allSatisfy { $0 == $1 }
    }
}
