import Model

extension Catalog {
    /// A whole source at once, where none of it is known yet: each id is looked up once, and nothing is compared with
    /// what was there before. Nil, and nothing is taken, where an id or a path stands twice or something was moved.
    mutating func takeAll(_ changes: [CatalogChange]) -> CatalogDelta? {
        guard files.isEmpty, let index = Index(changes) else { return nil }
        // The index is gone before the delta, which is as large, is made.
        let all = index.all
        (files, owners) = (index.files, index.owners)
        for (path, file) in files where !file.problems.isEmpty { broken.insert(path) }
        findCircles(all, edges(by: index))
        return delta(all)
    }

    /// What each declaration waits for, by number. Notes who names whom on the way, and what is not there.
    private mutating func edges(by index: consuming Index) -> [[Int32]] {
        var edges: [[Int32]] = []
        edges.reserveCapacity(index.all.count)
        for declared in index.all {
            for use in declared.declaration.uses {
                referrers[use.id, default: []].insert(declared.owner.path)
            }
            let (known, hasFault) = index.look(at: declared.declaration.uses, settings)
            edges.append(known)
            if hasFault { check(declared.owner.path) }
        }
        return edges
    }

    /// Only what is left when all that waits for nothing has been taken away, again and again, can be in a circle.
    private mutating func findCircles(_ all: [Index.Declared], _ edges: [[Int32]]) {
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
        let waiting = all.indices.filter { waits[$0] > 0 }.map { all[$0].declaration.manifest.id }
        var circles = Circles()
        circles.update(changed: waiting, removed: [], edges: self.edges)
        self.circles = circles
    }

    private func delta(_ all: [Index.Declared]) -> CatalogDelta {
        var delta = CatalogDelta()
        delta.changed.reserveCapacity(all.count)
        for declared in all where declared.declaration.isWhole {
            delta.changed.append(declared.declaration.manifest(in: declared.owner.path))
        }
        delta.problems = problems
        return delta
    }

    /// Every declaration of a source by a number, in the order of the files.
    private struct Index {
        struct Declared {
            let owner: Owner
            let declaration: Declaration
        }
        private(set) var files: [String: ParsedFile] = [:]
        private(set) var all: [Declared] = []
        private(set) var owners: [ResourceID: Owner] = [:]
        private var numbers: [ResourceID: Int32] = [:]

        init?(_ changes: [CatalogChange]) {
            files.reserveCapacity(changes.count)
            numbers.reserveCapacity(changes.count)
            all.reserveCapacity(changes.count)
            for change in changes {
                guard let file = change.file, files.updateValue(file, forKey: change.path) == nil else {
                    return nil
                }
                for (number, declaration) in file.declarations.enumerated() {
                    guard !declaration.uses.contains(where: { $0.role == .movedFrom }),
                        numbers.updateValue(Int32(all.count), forKey: declaration.manifest.id) == nil
                    else { return nil }
                    let owner = Owner(path: change.path, number: Int32(number))
                    all.append(Declared(owner: owner, declaration: declaration))
                }
            }
            owners = numbers.mapValues { all[Int($0)].owner }
        }

        /// The numbers of those that must come first, and whether one that is named is not there as it should be.
        func look(
            at uses: [Use], _ settings: SourceSettings
        ) -> (edges: [Int32], hasFault: Bool) {
            var (edges, hasFault): ([Int32], Bool) = ([], false)
            for use in uses {
                guard let number = numbers[use.id] else {
                    hasFault = hasFault || settings.declares(use.id.project)
                    continue
                }
                if use.isEdge && !edges.contains(number) { edges.append(number) }
                guard !hasFault, let outputs = all[Int(number)].declaration.outputs,
                    case .key(let name)? = use.path.components.first
                else {
                    continue
                }
                hasFault = !outputs.contains(name)
            }
            return (edges, hasFault)
        }
    }
}
