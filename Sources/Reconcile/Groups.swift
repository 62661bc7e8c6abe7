import Model

/// Resources by the name of what they belong to, so that nobody looks for them among all.
struct Groups: Sendable {
    private var members: [String: Set<ResourceID>] = [:]

    subscript(name: String) -> Set<ResourceID> { members[name] ?? [] }

    mutating func move(_ id: ResourceID, from old: String?, to new: String?) {
        guard old != new else { return }
        if let old {
            members[old]?.remove(id)
            if members[old]?.isEmpty ?? false { members[old] = nil }
        }
        if let new { members[new, default: []].insert(id) }
    }
}
