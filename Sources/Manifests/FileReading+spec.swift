import Model

extension FileReading {
    /// The engines that a spec names; a list makes one resource of each, keyed by its name.
    mutating func engines(of reading: DocumentReading) -> [(name: String, isKeyed: Bool)] {
        var standard: [(name: String, isKeyed: Bool)] { [(reading.entry.standardEngine, false)] }
        guard let spec = reading.key(Library.Position.spec),
            let node = reader.tree.value(
                of: reading.entry.engineField, in: reader.tree.target(reader.tree[spec].next))
        else { return standard }
        switch reader.tree[node].kind {
        case .plain, .quoted: return reader.isNull(node) ? standard : [(known(node) ?? "", false)]
        case .sequence, .alias:
            let names = reader.tree.children(node).compactMap { known(reader.tree.target($0)) }
            return names.isEmpty ? standard : names.uniqued.map { ($0, true) }
        case .mapping: return standard
        }
    }

    /// The text of a scalar whose expressions are known now; nil where they are not, which is told when it is read.
    private mutating func known(_ node: Node.Index) -> String? {
        guard reader.tree[node].isScalar else { return nil }
        guard reader.tree[node].isTemplate else { return reader.tree.string(node) }
        let (problems, uses) = (reader.problems.count, reader.uses.count)
        let text = reader.read(node, as: Self.text).value?.string
        reader.problems.removeSubrange(problems...)
        reader.uses.removeSubrange(uses...)
        return text
    }
    private static let text = Shape(.string)

    /// The whole map under `spec`, canonical: defaults, the engine's name and what is bound filled in.
    mutating func readSpec(_ draft: inout Draft) -> Expression? {
        let reading = draft.reading
        let entry = reading.entry
        guard let key = reading.key(Library.Position.spec), !reader.isNull(reader.tree[key].next) else {
            reader.problems.append(
                Problem(reader.tree[reading.root].place, "missing key 'spec' in \(entry.kind.name)"))
            return nil
        }
        draft.spec = reader.tree.target(reader.tree[key].next)
        reader.path.append(.key(key))
        reader.scope.takesReferences = true
        defer {
            reader.path.removeLast()
            reader.scope.takesReferences = false
        }
        checkEngine(draft)
        chooseVariant(&draft)
        let shape = draft.variant?.spec ?? entry.spec
        guard reader.tree[draft.spec].kind == .mapping else {
            _ = reader.mismatch(draft.spec, entry.frame.members[Library.Position.spec].shape)
            return nil
        }
        guard let spec = reader.readObject(draft.spec, as: shape).expression else { return nil }
        return finish(spec, &draft)
    }

    private mutating func chooseVariant(_ draft: inout Draft) {
        let entry = draft.reading.entry
        guard let name = entry.typeField else { return }
        let field = name.text
        let node = reader.tree.value(of: name, in: draft.spec)
        draft.type = node.flatMap { known($0) }
        guard let variants = entry.variants[draft.engine] else { return }
        guard let node, let type = draft.type else {
            if node == nil, reader.tree[draft.spec].kind == .mapping {
                reader.problems.append(
                    Problem(
                        reader.tree[draft.spec].place, "missing key '\(field)' in \(entry.kind.name).spec",
                        hint: "'\(draft.engine)' makes \(variants.keys.sorted().joined(separator: ", "))"))
            }
            return
        }
        draft.variant = variants[type]
        if draft.variant == nil {
            let names = variants.keys.sorted()
            reader.problems.append(
                Problem(
                    reader.tree[node].place, "engine '\(draft.engine)' makes no '\(type.escapedForDisplay)'",
                    hint: Suggestion.hint(type, among: names) ?? "it makes \(names.joined(separator: ", "))"))
        }
    }

    /// Sets the engine's own name, and adds what bindings take from others.
    private mutating func finish(_ spec: Expression, _ draft: inout Draft) -> Expression {
        let entry = draft.reading.entry
        var bound: [String: Expression] = [:]
        for binding in entry.kind.bindings {
            guard let node = reader.tree.value(of: Name(binding.nameField), in: draft.spec),
                case .literal(let value)? = spec[binding.nameField], let text = value.string
            else { continue }
            guard let id = ResourceID("\(binding.kind)/\(text)", project: draft.id.project),
                Formats.isName(id.name),
                id.project == draft.id.project
            else {
                reader.problems.append(
                    Problem(
                        reader.tree[node].place,
                        "'\(binding.nameField)' is the name of a \(binding.kind), found \(reader.found(node))",
                        hint: FieldType.name.advice))
                continue
            }
            let output = FieldPath(binding.output)
            reader.uses.append(Use(id, output, reader.tree[node].place, .binding(binding.nameField)))
            bound[binding.field] = .reference(Reference(id, output))
        }
        return spec.setting(entry.kind.engineField, to: draft.engine, adding: bound)
    }

    func outputs(of manifest: Manifest, _ draft: Draft) -> [String]? {
        if let field = draft.reading.entry.kind.outputsField {
            guard case .literal(let value)? = manifest.spec[field] else { return nil }
            return value.items.compactMap(\.string)
        }
        if let variant = draft.variant { return variant.outputs }
        return library.engines[draft.engine]?.description.outputs(manifest)
    }
}

extension Expression {
    fileprivate func setting(_ field: String, to engine: String, adding bound: [String: Expression])
        -> Expression
    {
        let isNamed = engine.isEmpty || self[field] == .literal(.string(engine))
        if isNamed && bound.isEmpty { return self }
        switch self {
        case .literal(.map(var values)):
            if !engine.isEmpty { values[field] = .string(engine) }
            if bound.isEmpty { return .literal(.map(values)) }
            return .map(values.mapValues(Expression.literal).merging(bound) { _, new in new })
        case .map(var fields):
            if !engine.isEmpty { fields[field] = .literal(.string(engine)) }
            return .map(fields.merging(bound) { _, new in new })
        default: return self
        }
    }
}
