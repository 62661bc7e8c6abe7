/// The difference of two texts, line by line.
struct LineDiff {
    enum Row: Equatable {
        case same(String)
        case removed(String)
        case added(String)
        /// Lines that are equal and not shown.
        case skipped(Int)
    }
    private(set) var rows: [Row] = []

    /// With one equal line around each change.
    init(from before: [String], to after: [String]) {
        let head = zip(before, after).prefix { $0 == $1 }.count
        let tail = zip(before.dropFirst(head).reversed(), after.dropFirst(head).reversed()).prefix {
            $0 == $1
        }.count
        let (old, new) = (before.dropFirst(head).dropLast(tail), after.dropFirst(head).dropLast(tail))
        let all =
            before.prefix(head).map(Row.same) + Self.aligned(Array(old), Array(new))
            + before.suffix(tail).map(Row.same)
        rows = Self.withoutDistant(all)
    }

    /// Above this the exact difference would take too long, and would help nobody.
    private static let affordable = 2_000_000

    private static func aligned(_ old: [String], _ new: [String]) -> [Row] {
        guard !old.isEmpty, !new.isEmpty, old.count * new.count <= affordable else {
            return old.map(Row.removed) + new.map(Row.added)
        }
        let difference = new.difference(from: old)
        let (removed, added) = (Set(difference.removals.map(\.line)), Set(difference.insertions.map(\.line)))
        var rows: [Row] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if removed.contains(left) {
                rows.append(.removed(old[left]))
                left += 1
            } else if added.contains(right) {
                rows.append(.added(new[right]))
                right += 1
            } else {
                rows.append(.same(old[left]))
                (left, right) = (left + 1, right + 1)
            }
        }
        return rows
    }

    private static func withoutDistant(_ all: [Row]) -> [Row] {
        let changed = all.indices.filter { !all[$0].isSame }
        var near = Set<Int>()
        for index in changed { near.formUnion([index - 1, index, index + 1]) }
        var rows: [Row] = []
        for (index, row) in all.enumerated() {
            if near.contains(index) {
                rows.append(row)
            } else if case .skipped(let count)? = rows.last {
                rows[rows.count - 1] = .skipped(count + 1)
            } else {
                rows.append(.skipped(1))
            }
        }
        if case .skipped? = rows.first { rows.removeFirst() }
        if case .skipped? = rows.last { rows.removeLast() }
        return rows
    }

    /// `3 changed`; `2 added, 1 removed`
    var words: String {
        let removed = rows.count { if case .removed = $0 { true } else { false } }
        let added = rows.count { if case .added = $0 { true } else { false } }
        if added == removed { return "\(added) changed" }
        return [(added, "added"), (removed, "removed")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            .joined(separator: ", ")
    }

    /// The first rows, and how many changed or neighbouring lines are left out.
    func limited(to limit: Int) -> (rows: [Row], more: Int) {
        guard rows.count > limit else { return (rows, 0) }
        let more = rows.dropFirst(limit).count { if case .skipped = $0 { false } else { true } }
        return (Array(rows.prefix(limit)), more)
    }
}

extension LineDiff.Row {
    fileprivate var isSame: Bool { if case .same = self { true } else { false } }
}

extension CollectionDifference.Change {
    fileprivate var line: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
