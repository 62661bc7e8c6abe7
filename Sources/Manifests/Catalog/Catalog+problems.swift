package import Model

extension Catalog {
    /// All that is wrong with the source, by place.
    package var problems: [Diagnostic] {
        var all: [Diagnostic] = []
        for path in broken { all += files[path]?.diagnostics(in: path) ?? [] }
        for (path, faults) in faults { all += faults.map { diagnostic($0, in: path) } }
        for circle in circles.all { all.append(diagnostic(circle)) }
        return all.sortedByPlace
    }

    private func diagnostic(_ fault: Fault, in path: String) -> Diagnostic {
        let (message, hint) = words(fault)
        return Diagnostic(at: ManifestLocation(file: path, fault.place), message, hint: hint)
    }

    private func words(_ fault: Fault) -> (message: String, hint: String?) {
        switch fault.reason {
        case .duplicate(let id):
            let first = location(of: id).map { ", first at \($0)" } ?? ""
            return ("duplicate id '\(shown(id))'\(first)", "rename one, or remove it")
        case .undeclared(let use):
            return ("\(naming(use)), which no manifest declares", suggestion(use))
        case .noOutput(let use, let outputs):
            let output = use.path.components.first.map { FieldPath([$0]).description } ?? ""
            return (
                "unknown output '\(output)' of '\(shown(use.id))'",
                Suggestion.hint(output, among: outputs)
                    ?? (outputs.count > 20 ? nil : "it has \(outputs.joined(separator: ", "))")
            )
        case .stillDeclared(let id):
            let place = location(of: id).map { " (\($0.file):\($0.line))" } ?? ""
            return ("'movedFrom' names '\(shown(id))', which is still declared\(place)", nil)
        case .movedTwice(let id):
            return ("'movedFrom' names '\(shown(id))', which another manifest was moved from too", nil)
        case .otherKind(let id, let former):
            return ("'movedFrom' of a \(id.kind) names a \(former.kind)", nil)
        }
    }

    private func shown(_ id: ResourceID) -> String { id.description(in: settings.project) }

    private func naming(_ use: Use) -> String {
        switch use.role {
        case .reference: "reference to '\(dotted(use.id))'"
        case .dependsOn: "'dependsOn' names '\(shown(use.id))'"
        case .binding(let field), .named(let field): "'\(field)' names '\(shown(use.id))'"
        case .movedFrom: "'movedFrom' names '\(shown(use.id))'"
        }
    }

    /// As a reference writes it.
    private func dotted(_ id: ResourceID) -> String {
        let isIdentifier = !id.name.utf8.contains(UInt8(ascii: "-")) && !(id.name.first?.isNumber ?? true)
        let name = isIdentifier ? ".\(id.name)" : "['\(id.name)']"
        let project = id.project == settings.project ? "" : "project('\(id.project)')."
        return "\(project)\(id.kind)\(name)\(id.key.map { "['\($0)']" } ?? "")"
    }

    /// The nearest id that is declared, and where.
    private func suggestion(_ use: Use) -> String? {
        let id = use.id
        let candidates = owners.keys.filter { $0.kind == id.kind && $0.project == id.project }
        let keyed = candidates.filter { $0.name == id.name }.sorted()
        let found: ResourceID?
        if let first = keyed.first {
            let key = id.key.flatMap { Suggestion.nearest(to: $0, among: keyed.compactMap(\.key)) }
            found = keyed.first { $0.key == key } ?? first
        } else {
            let name = Suggestion.nearest(to: id.name, among: Set(candidates.map(\.name)))
            found = candidates.filter { $0.name == name }.min()
        }
        guard let found else { return nil }
        let text = use.role == .reference ? dotted(found) : shown(found)
        let place = location(of: found).map { " (\($0.file):\($0.line))" } ?? ""
        return "did you mean '\(text)'\(place)?"
    }

    private func diagnostic(_ circle: [ResourceID]) -> Diagnostic {
        let next = circle.count > 1 ? circle[1] : circle[0]
        let use = declaration(circle[0])?.uses.first { $0.id == next && $0.isEdge }
        let place = owners[circle[0]].flatMap { owner in
            use.map { ManifestLocation(file: owner.path, $0.place) }
        }
        let words = (circle + [circle[0]]).map(shown).joined(separator: " → ")
        return Diagnostic(
            at: place, "resources wait for each other: \(words)", hint: "remove one of these references")
    }
}

extension [Diagnostic] {
    /// By file, line and column; what has no place first.
    package var sortedByPlace: [Diagnostic] {
        sorted { one, other in
            switch (one.location, other.location) {
            case (let left?, let right?) where left != right: left < right
            case (nil, .some): true
            case (.some, nil): false
            default: (one.message, one.hint ?? "") < (other.message, other.hint ?? "")
            }
        }
    }
}
