import Model

extension Catalog {
    /// Takes files that were added, changed or removed. Later changes of the same path count.
    package mutating func take(_ changes: [CatalogChange]) -> CatalogDelta {
        if let delta = takeAll(changes) { return delta }
        var turn = Turn()
        for change in changes { replace(change.path, change.file, &turn) }
        let touched = Array(turn.before.keys)
        var stale = turn.paths
        for id in touched where turn.before[id]??.standing != declaration(id)?.standing {
            stale.formUnion(referrers[id] ?? [])
        }
        for id in touched { for owner in rivals[id] ?? [] { stale.insert(owner.path) } }
        stale.formUnion(turn.formerRivals)
        for id in turn.moved { stale.formUnion(referrers[id] ?? []) }
        for path in stale { check(path) }
        let changed = touched.filter { owners[$0] != nil }
        let removed = touched.filter { owners[$0] == nil }
        var circles = Circles()
        swap(&circles, &self.circles)
        circles.update(changed: changed, removed: removed, edges: edges)
        self.circles = circles
        return delta(turn)
    }

    /// What one `take` has touched.
    fileprivate struct Turn {
        var paths: Set<String> = []
        /// Each touched id as it was before.
        var before: [ResourceID: Before?] = [:]
        var formerRivals: Set<String> = []
        /// Ids that a touched manifest was before.
        var moved: Set<ResourceID> = []
    }
    fileprivate struct Before {
        /// Nil where it had problems.
        var manifest: Manifest?
        var standing: Declaration.Standing
    }

    private mutating func replace(_ path: String, _ file: ParsedFile?, _ turn: inout Turn) {
        turn.paths.insert(path)
        if let old = files[path] {
            for (number, declaration) in old.declarations.enumerated() {
                note(declaration.manifest.id, &turn)
                disown(declaration.manifest.id, Owner(path: path, number: Int32(number)), &turn)
                for use in declaration.uses {
                    forget(use.id, path)
                    if use.role == .movedFrom { turn.moved.insert(use.id) }
                }
            }
        }
        files[path] = file
        if file?.problems.isEmpty ?? true { broken.remove(path) } else { broken.insert(path) }
        for (number, declaration) in (file?.declarations ?? []).enumerated() {
            note(declaration.manifest.id, &turn)
            own(declaration.manifest.id, Owner(path: path, number: Int32(number)))
            for use in declaration.uses {
                referrers[use.id, default: []].insert(path)
                if use.role == .movedFrom { turn.moved.insert(use.id) }
            }
        }
    }

    private func note(_ id: ResourceID, _ turn: inout Turn) {
        guard turn.before[id] == nil else { return }
        let before = owners[id].flatMap { owner in
            declaration(owner).map { Before(manifest: self[id], standing: $0.standing) }
        }
        turn.before.updateValue(before, forKey: id)
    }

    private mutating func own(_ id: ResourceID, _ owner: Owner) {
        guard let first = owners[id] else {
            owners[id] = owner
            return
        }
        let all = ((rivals[id] ?? [first]) + [owner]).sorted()
        rivals[id] = all
        owners[id] = all[0]
    }
    private mutating func disown(_ id: ResourceID, _ owner: Owner, _ turn: inout Turn) {
        guard let all = rivals[id] else {
            if owners[id] == owner { owners[id] = nil }
            return
        }
        turn.formerRivals.formUnion(all.map(\.path))
        let rest = all.filter { $0 != owner }
        owners[id] = rest.first
        rivals[id] = rest.count > 1 ? rest : nil
    }
    private mutating func forget(_ id: ResourceID, _ path: String) {
        referrers[id]?.remove(path)
        if referrers[id]?.isEmpty ?? false { referrers[id] = nil }
    }

    /// What a resource waits for, in order.
    func edges(of id: ResourceID) -> [ResourceID] {
        (declaration(id)?.uses ?? []).filter { $0.isEdge && owners[$0.id] != nil }.map(\.id).uniqued.sorted()
    }

    private func delta(_ turn: Turn) -> CatalogDelta {
        var delta = CatalogDelta()
        for id in turn.before.keys.sorted() {
            let before = turn.before[id] ?? nil
            if let after = self[id] {
                if before?.manifest != after { delta.changed.append(after) }
            } else if before?.manifest != nil {
                delta.removed.append(id)
            }
        }
        delta.problems = problems
        return delta
    }
}

extension Declaration {
    /// What those who name it can see of it.
    struct Standing: Equatable { var outputs: [String]? }
    var standing: Standing { Standing(outputs: outputs) }
}
