/// The nearest of some names, by edits.
package enum Suggestion {
    /// Nil where none is near enough to be meant. Of equally near ones the first by name.
    package static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8)
        guard wanted.count <= 64 else { return nil }
        let limit = max(1, min(3, wanted.count / 3 + (wanted.count > 3 ? 1 : 0)))
        var best: (distance: Int, name: String)?
        for candidate in names where candidate != name {
            let bytes = Array(candidate.lowercased().utf8)
            guard abs(bytes.count - wanted.count) <= limit, bytes.count <= 64 else { continue }
            let distance = distance(wanted, bytes)
            guard distance <= limit, distance < max(wanted.count, bytes.count) else { continue }
            if best.map({ (distance, candidate) < $0 }) ?? true { best = (distance, candidate) }
        }
        return best?.name
    }

    package static func hint(_ name: String, among names: some Sequence<String>) -> String? {
        nearest(to: name, among: names).map { "did you mean '\($0.escapedForDisplay)'?" }
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var (before, last) = ([Int](), Array(0...other.count))
        for (row, byte) in one.enumerated() {
            var current = [row + 1]
            for (column, another) in other.enumerated() {
                var cost = min(
                    last[column + 1] + 1, current[column] + 1, last[column] + (byte == another ? 0 : 1))
                if row > 0, column > 0, byte == other[column - 1], one[row - 1] == another {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            (before, last) = (last, current)
        }
        return last[other.count]
    }
}
