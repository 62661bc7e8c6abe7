import Model

extension Catalog {
    /// A whole source at once, where none of it is known yet: each id is looked up once, and nothing is compared with
    /// what was there before. Nil, and nothing is taken, where an id or a path stands twice or something was moved.
    mutating func takeAll(_ changes: [CatalogChange]) -> CatalogDelta? {
        guard files.isEmpty, let index = Index(changes) else { return nil }
        files.reserveCapacity(changes.count)
        owners.reserveCapacity(index.count)
        for change in changes {
            guard let file = change.file else { continue }
            files[change.path] = file
            if !file.problems.isEmpty { broken.insert(change.path) }
            for (number, declaration) in file.declarations.enumerated() {
                owners[declaration.manifest.id] = Owner(path: change.path, number: Int32(number))
                for use in declaration.uses { referrers[use.id, default: []].insert(change.path) }
            }
        }
        var edges: [[Int32]] = []
        edges.reserveCapacity(index.count)
        for change in changes {
            for declaration in change.file?.declarations ?? [] {
                let (known, hasFault) = index.look(at: declaration.uses, changes, settings)
                edges.append(known)
                if hasFault { check(change.path) }
            }
        }
        findCircles(changes, edges)
        return delta(changes)
    }

    /// Only what is left when all that waits for nothing has been taken away, again and again, can be in a circle.
    private mutating func findCircles(_ changes: [CatalogChange], _ edges: [[Int32]]) {
        var users: [[Int32]] = Array(repeating: [], count: edges.count)
        var waits = edges.map(\.count)
        for (user, targets) in edges.enumerated() {
            for target in targets { users[Int(target)].append(Int32(user)) }
        }
        var free = waits.indices.filter { waits[$0] == 0 }
        while let next = free.popLast() {
            for user in users[next] {
                waits[Int(user)] -= 1
                if waits[Int(user)] == 0 { free.append(Int(user)) }
            }
        }
        guard waits.contains(where: { $0 > 0 }) else { return }
        let ids = changes.flatMap { ($0.file?.declarations ?? []).map(\.manifest.id) }
        var circles = Circles()
        circles.update(
            changed: ids.indices.filter { waits[$0] > 0 }.map { ids[$0] }, removed: [], edges: self.edges)
        self.circles = circles
    }

    private func delta(_ changes: [CatalogChange]) -> CatalogDelta {
        var delta = CatalogDelta()
        delta.changed.reserveCapacity(owners.count)
        for change in changes {
            for declaration in change.file?.declarations ?? [] where declaration.isWhole {
                delta.changed.append(declaration.manifest(in: change.path))
            }
        }
        delta.problems = problems
        return delta
    }

    /// Every declaration of a source by a number, in the order of the files.
    private struct Index {
        private var numbers: [ResourceID: Int32] = [:]
        private var places: [(change: Int32, declaration: Int32)] = []
        var count: Int { places.count }

        init?(_ changes: [CatalogChange]) {
            numbers.reserveCapacity(changes.count)
            places.reserveCapacity(changes.count)
            var paths = Set<String>(minimumCapacity: changes.count)
            for (position, change) in changes.enumerated() {
                guard paths.insert(change.path).inserted else { return nil }
                for (number, declaration) in (change.file?.declarations ?? []).enumerated() {
                    let before = numbers.updateValue(Int32(places.count), forKey: declaration.manifest.id)
                    guard before == nil, !declaration.uses.contains(where: { $0.role == .movedFrom }) else {
                        return nil
                    }
                    places.append((Int32(position), Int32(number)))
                }
            }
        }

        /// The numbers of those that must come first, and whether one that is named is not there as it should be.
        func look(
            at uses: [Use], _ changes: [CatalogChange], _ settings: SourceSettings
        ) -> (edges: [Int32], hasFault: Bool) {
            var (edges, hasFault): ([Int32], Bool) = ([], false)
            for use in uses {
                guard let number = numbers[use.id] else {
                    hasFault = hasFault || settings.declares(use.id.project)
                    continue
                }
                if use.isEdge && !edges.contains(number) { edges.append(number) }
                let place = places[Int(number)]
                let outputs = changes[Int(place.change)].file?.declarations[Int(place.declaration)].outputs
                guard !hasFault, let outputs, case .key(let name)? = use.path.components.first else {
                    continue
                }
                hasFault = !outputs.contains(name)
            }
            return (edges, hasFault)
        }
    }
}
