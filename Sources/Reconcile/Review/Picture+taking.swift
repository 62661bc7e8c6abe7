import Model

extension Picture {
    /// What nothing has to be done for (a reference to a secret, a data source that was read) is taken without a step. Where
    /// changes need a review, another one that others get something else by is a change as any: nil where it is none.
    func taking(_ target: Target, over seen: Observation, _ node: Node) -> Pending? {
        guard let manifest = node.manifest, sources[manifest.source]?.needsReview ?? false,
            node.record != nil || target.adoption == .no, node.record?.manifest != manifest.counted
        else { return nil }
        let asked = target.desired ?? .null
        guard seen.outputs != node.record?.observation.outputs ?? .map([:]) else { return nil }
        // What was recorded is what it would be without the commit: none of it is drift.
        let (old, new, base) = (
            node.record?.spec.fields ?? [:], asked.fields, node.record?.observation ?? seen
        )
        let fields = Set(old.keys).union(new.keys).sorted().compactMap { key -> FieldChange? in
            let (before, after) = (old[key] ?? .null, new[key] ?? .null)
            return before == after ? nil : target.field(FieldPath(key), before, after, over: base)
        }
        // What asks for the same in other words is no change: what it gives has moved by itself.
        guard node.record == nil || !fields.isEmpty else { return nil }
        let change = Change(
            node.record == nil ? .create : .update, fields, cause: .commit, outputs: seen.outputs)
        var pending = Pending(
            asked: asked, desired: asked, seen: seen, change: change, verb: .update, over: seen, payload: [])
        pending.isTaken = true
        return pending
    }
}
