import Model

/// What needs no other file to be checked: the source's grants, and what kinds and engines say of one manifest.
extension FileReading {
    mutating func check(_ project: String, of reading: DocumentReading) {
        guard !settings.isUnlimited, !settings.grants.projects.contains(project),
            let metadata = reading.key(Library.Position.metadata)
        else { return }
        let node = reader.tree.nearest(to: FieldPath("project"), from: reader.tree[metadata].next)
        tell(node, "project '\(project)' is not granted to source '\(settings.name)'")
    }

    mutating func checkEngine(_ draft: Draft) {
        guard !draft.engine.isEmpty else { return }
        let layer = draft.reading.entry.kind.layer
        let engine = library.engines[draft.engine]
        if let all = settings.engines, engine?.description.layer != layer {
            let names = all.filter { $0.layer == layer }.map(\.name).sorted()
            reader.problems.append(
                Problem(
                    reader.tree[engineNode(draft)].place,
                    "no engine '\(draft.engine.escapedForDisplay)' for layer \(layer.rawValue)",
                    hint: Suggestion.hint(draft.engine, among: names)
                        ?? (names.isEmpty ? nil : "the configuration has \(names.joined(separator: ", "))")))
            return
        }
        if let granted = settings.grants.engines {
            if !granted.contains(draft.engine) { tellEngine(draft) }
        } else if let engine, !engine.description.isEmbedded {
            tellEngine(draft)
        }
    }
    private func engineNode(_ draft: Draft) -> Node.Index {
        reader.tree.value(of: draft.reading.entry.engineField, in: draft.spec) ?? draft.spec
    }
    private mutating func tellEngine(_ draft: Draft) {
        tell(
            engineNode(draft),
            "engine '\(draft.engine.escapedForDisplay)' is not granted to source '\(settings.name)'",
            hint: Self.grantHint(option: "--engine"))
    }
    private mutating func tell(_ node: Node.Index, _ message: String, hint: String = Self.grantHint) {
        reader.problems.append(Problem(reader.tree[node].place, message, hint: hint))
    }

    mutating func check(_ manifest: Manifest, _ draft: Draft) {
        let kind = draft.reading.entry.kind
        var found = kind.check(manifest.spec)
        if let engine = library.engines[draft.engine], engine.description.layer == kind.layer {
            found += engine.description.check(manifest, settings.grants)
        }
        for problem in found { tell(problem, draft) }
        if found.isEmpty && kind.layer == .secure { checkSecretPath(manifest, draft) }
    }

    /// Whatever the engine: a source reads only what it is granted. A path that waits for a reference is checked by
    /// the engine, once it is known.
    private mutating func checkSecretPath(_ manifest: Manifest, _ draft: Draft) {
        guard case .literal(let value)? = manifest.spec["path"], let path = value.string,
            !library.secrets.contains(where: { $0.covers(path) })
        else { return }
        tell(
            reader.tree.nearest(to: FieldPath("path"), from: draft.spec),
            "secret path '\(path.escapedForDisplay)' is not granted to source '\(settings.name)'",
            hint: Self.grantHint(option: "--secrets"))
    }

    private mutating func tell(_ problem: FieldProblem, _ draft: Draft) {
        let node = reader.tree.nearest(to: problem.path, from: draft.spec)
        reader.problems.append(Problem(reader.tree[node].place, problem.message, hint: problem.hint))
    }

    mutating func checkReferences() {
        if settings.isUnlimited { return }
        for use in reader.uses where use.role != .movedFrom {
            guard !settings.declares(use.id.project), !settings.grants.references.contains(use.id.project)
            else {
                continue
            }
            reader.problems.append(
                Problem(
                    use.place,
                    "referring to project '\(use.id.project)' is not granted to source '\(settings.name)'",
                    hint: Self.grantHint))
        }
    }
}

/// A pattern of secret paths: `*` stands for one part, `**` at the end for the rest.
struct SecretPattern: Sendable {
    private let parts: [Substring]

    init(_ text: String) { parts = text.split(separator: "/" as Character, omittingEmptySubsequences: false) }

    func covers(_ path: String) -> Bool {
        let wanted = path.split(separator: "/" as Character, omittingEmptySubsequences: false)
        if wanted.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) { return false }
        let hasRest = parts.last == "**"
        let fixed = hasRest ? parts.dropLast() : parts[...]
        guard hasRest ? wanted.count > fixed.count : wanted.count == fixed.count else { return false }
        return zip(fixed, wanted).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
