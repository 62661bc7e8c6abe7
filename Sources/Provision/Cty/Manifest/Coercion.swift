package import Model

/// Turns what a manifest says into the value that a schema describes. It goes on after a problem, so that all are told at
/// once; the value is of use only where there was none.
package struct Coercion {
    package private(set) var problems: [FieldProblem] = []
    package private(set) var form = Form()
    /// Values that were read; a secret that is not among them is unknown.
    private let secrets: [SecretHandle: String]
    /// Whether what stands there came from these very secrets, and is what they made it: then they need not be read.
    private let isUnchanged: (FieldPath, Value) -> Bool
    /// How many places above must not be told apart: the items of a set, the parts of a JSON text.
    private var depthOfWhole = 0

    package init(
        secrets: [SecretHandle: String] = [:],
        isUnchanged: @escaping (FieldPath, Value) -> Bool = { _, _ in false }
    ) {
        (self.secrets, self.isUnchanged) = (secrets, isUnchanged)
    }

    /// - Parameters:
    ///   - value: a map; what is left out is null, and of blocks none.
    ///   - prior: what exists; null where nothing does. A text that says the same JSON keeps its form, and what is hidden
    ///     its value.
    ///   - path: where `value` is in the spec.
    package mutating func object(
        _ value: Value, as block: Block, prior: CtyValue = .null, at path: FieldPath
    ) -> CtyValue {
        if case .unknown = value { return .unknown }
        if case .hidden = value { return prior }
        guard case .map(let fields) = value else {
            problems.append(FieldProblem(path, "\(path.quoted) is a block, found \(value.found)"))
            return .null
        }
        checkNames(of: fields, block, path)
        var result: [String: CtyValue] = [:]
        for attribute in block.attributes {
            result[attribute.name] = self.attribute(
                attribute, fields[attribute.name], prior[attribute.name], in: path)
        }
        for nested in block.blocks {
            result[nested.name] = blocks(
                nested, fields[nested.name] ?? .null, prior[nested.name], in: path)
        }
        return .object(result)
    }

    private mutating func checkNames(of fields: [String: Value], _ block: Block, _ path: FieldPath) {
        let known = Set(block.names)
        for key in fields.keys.sorted() where !known.contains(key) {
            problems.append(
                FieldProblem(
                    path.appending(key), "unknown key '\(key.escapedForDisplay)'",
                    hint: Suggestion.hint(key, among: block.names)))
        }
    }

    private mutating func attribute(
        _ attribute: Attribute, _ value: Value?, _ prior: CtyValue, in parent: FieldPath
    ) -> CtyValue {
        let path = parent.appending(attribute.name)
        guard let value, value != .null else {
            if attribute.isRequired {
                problems.append(
                    FieldProblem(value == nil ? parent : path, "missing key '\(attribute.name)'"))
            }
            return .null
        }
        // One that is shown by no part of it either.
        let result = whole(value, attribute.isSensitive, path) { $0.value(value, of: attribute, prior, path) }
        guard attribute.isGiven else { return result }
        if result != prior {
            problems.append(
                FieldProblem(path, "'\(attribute.name)' is given by the provider, and can't be set"))
        }
        return .null
    }

    private mutating func value(
        _ value: Value, of attribute: Attribute, _ prior: CtyValue, _ path: FieldPath
    ) -> CtyValue {
        if !prior.isNull, value.secrets.contains(where: { secrets[$0] == nil }), isUnchanged(path, value) {
            mark(value, path)
            return prior
        }
        guard let nested = attribute.nested else { return convert(value, to: attribute.type, prior, path) }
        switch value {
        case .unknown: return .unknown
        case .hidden: return prior
        default: break
        }
        let block = nested.block
        switch nested.nesting {
        case .single, .group: return object(value, as: block, prior: prior, at: path)
        case .list, .set:
            guard case .list(let items) = value else { return mismatch(value, "a list of objects", path) }
            let result = whole(value, nested.nesting == .set, path) { coercion in
                coercion.objects(items, block, nested.nesting == .list ? prior : .null, path)
            }
            return nested.nesting == .set ? .set(CtySet(result)) : .list(result)
        case .map:
            guard case .map(let fields) = value else { return mismatch(value, "a map of objects", path) }
            return .object(objects(fields, block, prior, path))
        }
    }

    private mutating func blocks(
        _ nested: NestedBlock, _ value: Value, _ prior: CtyValue, in parent: FieldPath
    ) -> CtyValue {
        let path = parent.appending(nested.name)
        switch (nested.nesting, value) {
        case (_, .unknown): return .unknown
        case (_, .hidden): return prior
        case (_, .null):
            if nested.least > 0 { problems.append(FieldProblem(parent, "missing block '\(nested.name)'")) }
            return nested.empty
        case (.single, .list(let items)) where items.count == 1,
            (.group, .list(let items)) where items.count == 1:
            return object(items[0], as: nested.block, prior: prior, at: path.appending(0))
        case (.single, _), (.group, _): return object(value, as: nested.block, prior: prior, at: path)
        case (.map, .map(let fields)):
            return nested.value(of: objects(fields, nested.block, prior, path))
        case (.map, _): return mismatch(value, "a map of blocks", path)
        case (.list, .map), (.set, .map):
            form.bare.insert(path)
            let item = whole(value, nested.nesting == .set, path) { coercion in
                coercion.object(
                    value, as: nested.block,
                    prior: nested.nesting == .list ? prior.items?.first ?? .null : .null,
                    at: path)
            }
            return nested.value(of: [item])
        case (.list, .list(let items)), (.set, .list(let items)):
            checkCount(items.count, of: nested, path)
            let result = whole(value, nested.nesting == .set, path) { coercion in
                coercion.objects(items, nested.block, nested.nesting == .list ? prior : .null, path)
            }
            return nested.value(of: result)
        default: return mismatch(value, "a block, or a list of blocks", path)
        }
    }

    private mutating func checkCount(_ count: Int, of nested: NestedBlock, _ path: FieldPath) {
        if count < nested.least {
            problems.append(
                FieldProblem(path, "at least \(nested.least) of block '\(nested.name)', found \(count)"))
        }
        if nested.most > 0, count > nested.most {
            problems.append(
                FieldProblem(path, "at most \(nested.most) of block '\(nested.name)', found \(count)"))
        }
    }

    private mutating func objects(_ items: [Value], _ block: Block, _ prior: CtyValue, _ path: FieldPath)
        -> [CtyValue]
    {
        let before = prior.items ?? []
        return items.indices.map { index in
            object(
                items[index], as: block, prior: before.indices.contains(index) ? before[index] : .null,
                at: path.appending(index))
        }
    }
    private mutating func objects(
        _ fields: [String: Value], _ block: Block, _ prior: CtyValue, _ path: FieldPath
    ) -> [String: CtyValue] {
        var result: [String: CtyValue] = [:]
        for key in fields.keys.sorted() {
            result[key] = object(fields[key] ?? .null, as: block, prior: prior[key], at: path.appending(key))
        }
        return result
    }

    mutating func report(_ path: FieldPath, _ message: String, hint: String? = nil) {
        problems.append(FieldProblem(path, message, hint: hint))
    }
    mutating func mismatch(_ value: Value, _ wanted: String, _ path: FieldPath) -> CtyValue {
        problems.append(FieldProblem(path, "\(path.quoted) is \(wanted), found \(value.found)"))
        return .null
    }

    /// What holds a secret anywhere inside is a secret as a whole, where its parts have no names that last.
    mutating func whole<T>(_ value: Value, _ isWhole: Bool, _ path: FieldPath, _ body: (inout Coercion) -> T)
        -> T
    {
        guard isWhole else { return body(&self) }
        mark(value, path)
        depthOfWhole += 1
        defer { depthOfWhole -= 1 }
        return body(&self)
    }
    mutating func mark(_ value: Value, _ path: FieldPath) {
        if depthOfWhole == 0, !value.secrets.isEmpty { form.words[path] = Form.Words(value) }
    }
    mutating func noteStructured(_ path: FieldPath) {
        if depthOfWhole == 0 { form.structured.insert(path) }
    }

    /// A text's parts in one; nil while one of them is not known.
    mutating func joined(_ parts: [TextPart], _ path: FieldPath) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .unknown: return nil
            case .secret(let handle):
                guard let value = secrets[handle] else { return nil }
                text += value
            case .local(let name):
                problems.append(FieldProblem(path, "'${\(name)}' has no value here"))
                return nil
            }
        }
        return text
    }
    func known(_ handle: SecretHandle) -> String? { secrets[handle] }
}

extension FieldPath {
    /// The last name in it, as messages say it.
    var quoted: String {
        switch components.last {
        case .key(let key)?: "'\(key.escapedForDisplay)'"
        case .index(let index)?: "item \(index)"
        case nil: "the value"
        }
    }
}

extension Value {
    /// As messages show it: short, and no secret.
    var found: String {
        let text = description
        return text.count > 60 ? "\(text.prefix(57))…" : text
    }
}
