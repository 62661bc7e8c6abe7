package import Model

/// What a person wants of one plan or apply beyond what git says.
package struct Focus: Sendable, Hashable {
    /// Only these, and what they depend on; nil for everything.
    package var targets: Set<ResourceID>?
    /// Made anew, though nothing else asks for that.
    package var replacing: Set<ResourceID> = []
    /// Whether what is recorded is looked at before it is planned.
    package var refreshes = true

    package init() {}
}

extension Picture {
    /// All that is looked at and planned; nil for everything. What is taken away takes along who was made to refer to it.
    package var focused: Set<ResourceID>? {
        guard let targets = focus.targets else { return nil }
        var (focused, waiting) = (targets, Array(targets))
        while let id = waiting.popLast() {
            guard let node = nodes[id] else { continue }
            let others =
                node.manifest.map { Array($0.dependencies) }
                ?? node.users.filter { nodes[$0]?.manifest == nil }
            for other in others where focused.insert(other).inserted { waiting.append(other) }
        }
        return focused
    }

    /// Forgets what is out of focus before anybody is asked about it.
    mutating func focusStale() {
        guard let focused else { return }
        stale.formIntersection(focused)
    }
    mutating func focusDirty() {
        guard let focused else { return }
        dirty.formIntersection(focused)
    }

    /// The first look at what is recorded, where it is not to be looked at.
    mutating func trustRecords(now: Int) {
        guard !focus.refreshes else { return }
        for id in stale {
            guard let node = nodes[id], node.seen == nil, node.unanswered == nil, let record = node.record
            else { continue }
            stale.remove(id)
            see(record.observation, of: id, now: now)
        }
    }
}

extension Load {
    /// What a person means by `kind/name`, or by a whole id, among what the load has and what is recorded: all keys of a
    /// manifest that makes several.
    package func resources(named text: String, recorded: [ResourceID]) -> Set<ResourceID> {
        Set(manifests.keys).union(recorded).filter { id in
            let whole = [id.description, id.description(in: id.project)]
            return whole.contains(text) || whole.contains { $0.hasPrefix("\(text)[") }
        }
    }
}
