import Model

/// The circles of the graph, kept while files change: only what can be reached from a change is searched.
struct Circles: Sendable {
    /// Each group of resources that all wait for each other, by its first id.
    private var groups: [ResourceID: Group] = [:]
    private var groupOf: [ResourceID: ResourceID] = [:]

    private struct Group: Sendable {
        var members: [ResourceID]
        /// The shortest way from its first member back to it.
        var circle: [ResourceID]
    }

    /// The whole circle of each group, from its first id.
    var all: [[ResourceID]] { groups.values.map(\.circle).sorted { $0[0] < $1[0] } }

    /// `edges` gives what an id waits for, in order.
    mutating func update(
        changed: [ResourceID], removed: [ResourceID], edges: (ResourceID) -> [ResourceID]
    ) {
        var start = changed
        for id in changed + removed { start += drop(id) }
        for id in removed { groupOf[id] = nil }
        var search = Search()
        let gone = Set(removed)
        for id in start where !gone.contains(id) { search.run(from: id, edges) }
        for group in search.groups { add(group, edges) }
    }

    private mutating func drop(_ id: ResourceID) -> [ResourceID] {
        guard let first = groupOf[id], let group = groups.removeValue(forKey: first) else { return [] }
        for member in group.members { groupOf[member] = nil }
        return group.members
    }

    private mutating func add(_ members: Set<ResourceID>, _ edges: (ResourceID) -> [ResourceID]) {
        for member in members { _ = drop(member) }
        guard let first = members.min() else { return }
        groups[first] = Group(
            members: Array(members), circle: Self.circle(from: first, within: members, edges))
        for member in members { groupOf[member] = first }
    }

    /// Breadth first, so the shortest; edges in order, so always the same.
    private static func circle(
        from first: ResourceID, within members: Set<ResourceID>, _ edges: (ResourceID) -> [ResourceID]
    ) -> [ResourceID] {
        var cameFrom: [ResourceID: ResourceID] = [:]
        var queue = [first]
        var position = 0
        while position < queue.count {
            let id = queue[position]
            position += 1
            for next in edges(id) where members.contains(next) {
                if next == first {
                    var circle = [id]
                    while let last = circle.last, last != first, let before = cameFrom[last] {
                        circle.append(before)
                    }
                    return circle.reversed()
                }
                if cameFrom[next] == nil {
                    cameFrom[next] = id
                    queue.append(next)
                }
            }
        }
        return [first]
    }
}

/// Tarjan's search for groups whose members all reach each other, without recursion: chains may be long.
private struct Search {
    private struct Visit {
        var id: ResourceID
        var edges: [ResourceID]
        var position = 0
    }
    private(set) var groups: [Set<ResourceID>] = []
    private var numbers: [ResourceID: (index: Int, low: Int)] = [:]
    private var stack: [ResourceID] = []
    private var onStack: Set<ResourceID> = []
    private var visits: [Visit] = []

    mutating func run(from id: ResourceID, _ edges: (ResourceID) -> [ResourceID]) {
        guard numbers[id] == nil else { return }
        enter(id, edges(id))
        while let last = visits.indices.last {
            guard visits[last].position < visits[last].edges.count else {
                leave()
                continue
            }
            let next = visits[last].edges[visits[last].position]
            visits[last].position += 1
            if let seen = numbers[next] {
                if onStack.contains(next) { lower(visits[last].id, to: seen.index) }
            } else {
                enter(next, edges(next))
            }
        }
    }

    private mutating func enter(_ id: ResourceID, _ own: [ResourceID]) {
        numbers[id] = (numbers.count, numbers.count)
        // Most resources wait for nothing: they are a group of their own, and never on the stack.
        if own.isEmpty { return }
        stack.append(id)
        onStack.insert(id)
        visits.append(Visit(id: id, edges: own))
    }
    private mutating func lower(_ id: ResourceID, to number: Int) {
        if let low = numbers[id]?.low, number < low { numbers[id]?.low = number }
    }
    private mutating func leave() {
        let visit = visits.removeLast()
        guard let (index, low) = numbers[visit.id] else { return }
        if let parent = visits.last { lower(parent.id, to: low) }
        guard index == low else { return }
        var group: Set<ResourceID> = []
        while let member = stack.popLast() {
            onStack.remove(member)
            group.insert(member)
            if member == visit.id { break }
        }
        if group.count > 1 || visit.edges.contains(visit.id) { groups.append(group) }
    }
}
