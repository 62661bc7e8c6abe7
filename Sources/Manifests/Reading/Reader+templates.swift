import Model

extension Reader {
    /// What one expression gives.
    private enum Meaning {
        case value(Value)
        case part(Expression.Part)
    }

    /// A string that may hold expressions: what they give now is read as if it were written, the rest waits.
    mutating func readTemplate(_ index: Node.Index, as shape: Shape) -> Result {
        let template: Template
        do {
            template = try Template(tree.withText(index) { Array($0) })
        } catch {
            let message = error.message
            problems.append(Problem(place(of: error.offset, in: index), message, hint: error.hint))
            return .nothing
        }
        var parts: [(Meaning, Int)] = []
        parts.reserveCapacity(template.parts.count)
        for part in template.parts {
            switch part {
            case .text(let text): parts.append((.part(.literal(text)), 0))
            case .expression(let path, let offset):
                guard let meaning = meaning(of: path, at: place(of: offset, in: index)) else {
                    return .nothing
                }
                parts.append((meaning, offset))
            }
        }
        if parts.count == 1, case .expression? = template.parts.first {
            return whole(parts[0].0, at: index, as: shape)
        }
        return joined(parts, at: index, as: shape)
    }

    private mutating func whole(_ meaning: Meaning, at index: Node.Index, as shape: Shape) -> Result {
        switch meaning {
        case .value(let value): return read(graft(value, at: tree[index].place), as: shape)
        case .part(.reference(let reference)):
            return checkTakesReference(shape, isWhole: true, at: index)
                ? .expression(.reference(reference)) : .nothing
        case .part(let part):
            return checkTakesReference(shape, isWhole: false, at: index)
                ? .expression(.text([part])) : .nothing
        }
    }

    private mutating func joined(_ meanings: [(Meaning, Int)], at index: Node.Index, as shape: Shape)
        -> Result
    {
        var parts: [Expression.Part] = []
        parts.reserveCapacity(meanings.count)
        for (meaning, offset) in meanings {
            switch meaning {
            case .value(let value):
                guard let text = value.string else {
                    let kind = if case .null = value { "nothing" } else { "a list or a map" }
                    problems.append(
                        Problem(
                            place(of: offset, in: index), "\(subject): \(kind) cannot stand inside a string"))
                    return .nothing
                }
                parts.join(.literal(text))
            case .part(let part): parts.join(part)
            }
        }
        if case .literal(let string)? = parts.first, parts.count == 1 {
            return read(scalar(string, .quoted, tree[index].place), as: shape)
        }
        if parts.isEmpty { return read(scalar("", .quoted, tree[index].place), as: shape) }
        return checkTakesReference(shape, isWhole: false, at: index) ? .expression(.text(parts)) : .nothing
    }

    /// Names are what the graph is made of, so they are known when the manifest is read.
    private mutating func checkTakesReference(_ shape: Shape, isWhole: Bool, at index: Node.Index) -> Bool {
        if shape.takesReference(isWhole: isWhole) { return true }
        problems.append(
            Problem(
                tree[index].place,
                "\(subject) is \(shape.type.words), found \(found(index))",
                hint: shape.takesReference(isWhole: true)
                    ? "write the reference alone, with no text around it"
                    : "only 'var' and 'each' may stand here, because it must be known when the manifest is read"
            ))
        return false
    }

    private mutating func meaning(of path: Template.Path, at place: Place) -> Meaning? {
        switch path.root {
        case "var" where path.argument == nil: return variable(path, at: place)
        case "each" where path.argument == nil: return each(path, at: place)
        case "port" where path.argument == nil: return port(path, at: place)
        default: return reference(path, at: place)
        }
    }

    private mutating func variable(_ path: Template.Path, at place: Place) -> Meaning? {
        guard let name = path.steps.first?.text else {
            return fail(place, "'\(path.shown)' names no variable")
        }
        guard let value = scope.variables[name] else {
            return fail(
                place, "unknown variable '\(name.escapedForDisplay)'",
                hint: Suggestion.hint(name, among: scope.variables.keys)
                    ?? "variables are set for the source in the controller's configuration")
        }
        return part(path.steps.dropFirst(), of: value, path, place)
    }

    private mutating func each(_ path: Template.Path, at place: Place) -> Meaning? {
        guard let each = scope.each else {
            return fail(place, "'\(path.shown)' stands where no 'forEach' is")
        }
        switch path.steps.first?.text {
        case "key" where path.steps.count == 1: return .value(.string(each.key))
        case "value": return part(path.steps.dropFirst(), of: each.value, path, place)
        default: return fail(place, "'\(path.shown)' is neither 'each.key' nor 'each.value'")
        }
    }

    private mutating func port(_ path: Template.Path, at place: Place) -> Meaning? {
        guard let ports = scope.ports else {
            return fail(place, "'\(path.shown)' stands where there are no ports")
        }
        guard path.steps.count == 1, let name = path.steps.first?.text else {
            return fail(place, "'\(path.shown)' names no port")
        }
        guard ports.contains(name) else {
            return fail(
                place, "unknown port '\(name.escapedForDisplay)'",
                hint: Suggestion.hint(name, among: ports) ?? "name it under 'ports'")
        }
        return .part(.local("port.\(name)"))
    }

    /// A part of a value that is known now.
    private mutating func part(
        _ steps: ArraySlice<Template.Path.Step>, of value: Value, _ path: Template.Path, _ place: Place
    ) -> Meaning? {
        guard let found = value[FieldPath(steps.map(\.component))] else {
            return fail(place, "'\(path.shown)' stands for nothing")
        }
        return .value(found)
    }

    private mutating func reference(_ path: Template.Path, at place: Place) -> Meaning? {
        var steps = path.steps[...]
        var (kind, project) = (path.root, scope.project)
        if path.root == "project", let argument = path.argument {
            project = argument
            guard case .name(let name)? = steps.popFirst() else {
                return fail(place, "'\(path.shown)' names no kind", hint: "write project('name').job.web.…")
            }
            kind = name
        } else if path.argument != nil {
            return fail(place, "unknown function '\(path.root)' in '\(path.shown)'", hint: Self.literalHint)
        }
        guard let entry = scope.kinds[kind] else { return unknownRoot(kind, path, place) }
        guard scope.takesReferences else {
            return fail(
                place, "'\(path.shown)' refers to a resource outside of 'spec'",
                hint:
                    "only 'var' and 'each' may stand here, because it must be known when the manifest is read"
            )
        }
        guard let name = steps.popFirst()?.text else {
            return fail(place, "'\(path.shown)' names no \(kind)")
        }
        guard Formats.isName(name), Formats.isName(project) else {
            return fail(place, "'\(path.shown)' names no \(kind)", hint: FieldType.name.advice)
        }
        var id = ResourceID(kind, project, name)
        if case .key(let key)? = steps.first {
            id.key = key
            steps.removeFirst()
        }
        let output = FieldPath(steps.map(\.component))
        guard checkOutput(output, of: entry, path, place) else { return nil }
        uses.append(Use(id, output, place, .reference))
        return .part(.reference(Reference(id, output)))
    }

    private mutating func checkOutput(
        _ output: FieldPath, of entry: Library.Entry, _ path: Template.Path, _ place: Place
    ) -> Bool {
        let names = entry.outputs
        guard case .key(let name)? = output.components.first else {
            let known = names ?? (entry.kind.outputsField == nil ? nil : ["value"])
            _ = fail(
                place, "'\(path.shown)' names no output",
                hint: known.map { "add one of: \($0.joined(separator: ", "))" })
            return false
        }
        guard let names, !names.contains(name) else { return true }
        _ = fail(
            place, "unknown output '\(name.escapedForDisplay)' of a \(entry.kind.id)",
            hint: Suggestion.hint(name, among: names)
                ?? "a \(entry.kind.id) has \(names.joined(separator: ", "))")
        return false
    }

    static let literalHint = "write '$${' for a literal '${'"

    private mutating func unknownRoot(_ root: String, _ path: Template.Path, _ place: Place) -> Meaning? {
        let roots = scope.kinds.keys.sorted() + ["var", "each", "port", "project"]
        let nearest = Suggestion.nearest(to: root, among: roots).map { "did you mean '\($0)'? Else " } ?? ""
        return fail(
            place, "unknown root '\(root.escapedForDisplay)' in '\(path.shown)'",
            hint: nearest + Self.literalHint)
    }

    private mutating func fail(_ place: Place, _ message: String, hint: String? = nil) -> Meaning? {
        problems.append(Problem(place, message, hint: hint))
        return nil
    }

    /// Exact where the scalar stands in the source as it is; else where the scalar begins.
    private func place(of offset: Int, in index: Node.Index) -> Place {
        var place = tree[index].place
        guard tree[index].isVerbatim else { return place }
        let before = tree.withText(index) { $0.prefix(offset).count { $0 & 0xC0 != 0x80 } }
        place.column += Int32(before) + (tree[index].kind == .quoted ? 1 : 0)
        return place
    }
}

extension Template.Path {
    var shown: String { source.escapedForDisplay }
}

extension Template.Path.Step {
    /// A name, however it is written.
    var text: String? {
        switch self {
        case .name(let name), .key(let name): name
        case .index: nil
        }
    }
    var component: FieldPath.Component {
        switch self {
        case .name(let name), .key(let name): .key(name)
        case .index(let index): .index(index)
        }
    }
}

extension [Expression.Part] {
    /// Appends it, joined with a literal before it; nothing where it is empty.
    fileprivate mutating func join(_ part: Expression.Part) {
        if case .literal(let text) = part {
            if text.isEmpty { return }
            if case .literal(let before)? = last {
                self[count - 1] = .literal(before + text)
                return
            }
        }
        append(part)
    }
}

extension Shape {
    /// Whether a value that is known only later may stand here.
    func takesReference(isWhole: Bool) -> Bool {
        switch form {
        case .scalar(.name), .scalar(.resource), .scalar(.jsonPointer): false
        case .scalar(.bool), .scalar(.int), .object: isWhole
        case .list(let element, _), .map(let element): isWhole && element.takesReference(isWhole: true)
        case .scalar, .any: true
        case .oneOf(let shapes): shapes.contains { $0.takesReference(isWhole: isWhole) }
        }
    }
}
