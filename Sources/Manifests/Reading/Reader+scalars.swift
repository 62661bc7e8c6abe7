import Model

extension Reader {
    mutating func readScalar(_ index: Node.Index, as form: Shape.ScalarForm, _ shape: Shape) -> Result {
        if isNull(index) { return mismatch(index, shape) }
        let isPlain = tree[index].kind == .plain
        switch form {
        case .string: return .value(.string(tree.string(index)))
        case .bool:
            if isPlain, let flag = tree.withText(index, Core.bool) { return .value(.bool(flag)) }
            return mismatch(index, shape)
        case .int(let range):
            guard isPlain, let number = tree.withText(index, Core.int), range.contains(number) else {
                return mismatch(index, shape)
            }
            return .value(.int(number))
        default: break
        }
        let text = tree.string(index)
        guard let canonical = canonical(text, as: form) else { return mismatch(index, shape) }
        if case .resource(let kinds) = form { return resource(text, of: kinds, at: index, shape) }
        return .value(.string(canonical))
    }

    private func canonical(_ text: String, as form: Shape.ScalarForm) -> String? {
        switch form {
        case .name: Formats.isName(text) ? text : nil
        case .duration: Span(text)?.description
        case .size(let unit): ByteSize(text, unit: unit)?.description
        case .mode: Formats.mode(text)
        case .choice(let names): names.contains(text) ? text : nil
        case .jsonPointer: Formats.isJSONPointer(text) ? text : nil
        case .date: Formats.seconds(ofDate: text) == nil ? nil : text
        case .string, .bool, .int, .resource: text
        }
    }

    private mutating func resource(
        _ text: String, of kinds: [String], at index: Node.Index, _ shape: Shape
    ) -> Result {
        // A file that is no manifest has no project of its own.
        let hasProject = !scope.project.isEmpty
        guard let id = ResourceID(text, project: hasProject ? scope.project : "any"), Formats.isName(id.name),
            Formats.isName(id.project)
        else { return mismatch(index, shape) }
        guard kinds.isEmpty || kinds.contains(id.kind) else { return mismatch(index, shape) }
        guard scope.kinds.isEmpty || scope.kinds.index(forKey: id.kind) != nil else {
            problems.append(
                Problem(
                    tree[index].place, "\(subject) names a '\(id.kind.escapedForDisplay)', which is no kind",
                    hint: Suggestion.hint(id.kind, among: scope.kinds.keys)))
            return .nothing
        }
        uses.append(Use(id, FieldPath(), tree[index].place, .named(member)))
        return .value(.string(hasProject ? id.description : text))
    }

    /// Tells that a node is not what a field takes.
    mutating func mismatch(_ index: Node.Index, _ shape: Shape) -> Result {
        var hint = shape.type.advice
        let index = tree.target(index)
        if tree[index].isScalar {
            let text = tree.string(index)
            switch shape.form {
            case .scalar(.choice(let names)): hint = Suggestion.hint(text, among: names)
            case .scalar(.int), .scalar(.bool):
                let isPlain = Core.bool(text) != nil || Core.isNumber(text)
                if tree[index].kind == .quoted && isPlain { hint = "write it without quotes" }
                if case .scalar(.bool) = shape.form, ["yes", "no", "on", "off"].contains(text.lowercased()) {
                    hint = "write \(["yes", "on"].contains(text.lowercased()))"
                }
            case .list: hint = "write it as a list: [\(text.escapedForDisplay)]"
            case .scalar(.string) where isNull(index): hint = "quote it if it is meant as text"
            default: break
            }
        }
        problems.append(
            Problem(
                tree[index].place, "\(subject) is \(shape.type.words), found \(found(index))", hint: hint))
        return .nothing
    }

    /// A node as a message shows it.
    func found(_ node: Node.Index) -> String {
        let index = tree.target(node)
        switch tree[index].kind {
        case .mapping: return "a map"
        case .sequence, .alias: return "a list"
        case .plain, .quoted:
            if isNull(index) { return "nothing" }
            let text = tree.string(index)
            let shown = text.count > 40 ? "\(text.prefix(40))…" : text
            return "'\(shown.escapedForDisplay)'"
        }
    }

    /// The field that is being read, quoted: `'memory'`, `'args[2]'`.
    var subject: String {
        let start = path.lastIndex { if case .key = $0 { true } else { false } } ?? 0
        return path.isEmpty ? "'\(root)'" : "'\(FieldPath(components(of: path[start...])))'"
    }
    /// The name of the field that is being read.
    var member: String {
        for case .key(let key) in path.reversed() { return tree.string(tree.target(key)) }
        return root
    }
    /// The mapping that is being read: `Job.spec.task`.
    var surroundings: String {
        path.isEmpty
            ? root
            : root.isEmpty
                ? "\(FieldPath(components(of: path[...])))"
                : "\(root).\(FieldPath(components(of: path[...])))"
    }
    private func components(of steps: ArraySlice<Step>) -> [FieldPath.Component] {
        steps.map { step in
            switch step {
            case .key(let key): .key(tree.string(tree.target(key)))
            case .index(let index): .index(index)
            }
        }
    }
}

extension Core {
    static func bool(_ text: String) -> Bool? {
        var text = text
        return text.withUTF8 { bool($0) }
    }
    static func isNumber(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isNumber($0) }
    }
}
