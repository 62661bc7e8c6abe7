import Model

/// Something wrong between manifests, told in full only when it is printed: its hint may name any file.
struct Fault: Hashable, Sendable {
    enum Reason: Hashable, Sendable {
        /// Another declares the same id.
        case duplicate(ResourceID)
        /// Nobody declares it.
        case undeclared(Use)
        /// Its declaration has no such output.
        case noOutput(Use, outputs: [String])
        /// It is said to have moved, and is still declared.
        case stillDeclared(ResourceID)
        /// Another says too that it was this before.
        case movedTwice(ResourceID)
        case otherKind(ResourceID, from: ResourceID)
    }
    var reason: Reason
    var place: Place
}

extension Catalog {
    /// Looks again at what one file names.
    mutating func check(_ path: String) {
        var found: [Fault] = []
        for (number, declaration) in (files[path]?.declarations ?? []).enumerated() {
            let id = declaration.manifest.id
            let own = Owner(path: path, number: Int32(number))
            if let all = rivals[id], all.first != own {
                found.append(Fault(reason: .duplicate(id), place: declaration.place))
            }
            for use in declaration.uses {
                guard let reason = reason(use, of: id) else { continue }
                found.append(Fault(reason: reason, place: use.place))
            }
        }
        faults[path] = found.isEmpty ? nil : found.uniqued
    }

    private func reason(_ use: Use, of id: ResourceID) -> Fault.Reason? {
        if use.role == .movedFrom {
            if use.id.kind != id.kind { return .otherKind(id, from: use.id) }
            if owners[use.id] != nil { return .stillDeclared(use.id) }
            return moves(from: use.id) > 1 ? .movedTwice(use.id) : nil
        }
        guard let target = declaration(use.id) else {
            return settings.declares(use.id.project) ? .undeclared(use) : nil
        }
        guard let outputs = target.outputs, case .key(let name)? = use.path.components.first,
            !outputs.contains(name)
        else { return nil }
        return .noOutput(use, outputs: outputs)
    }

    /// How many resources say that they were this one before.
    private func moves(from id: ResourceID) -> Int {
        (referrers[id] ?? []).reduce(0) { count, path in
            count
                + (files[path]?.declarations ?? []).count { declaration in
                    declaration.uses.contains { $0.role == .movedFrom && $0.id == id }
                }
        }
    }
}
