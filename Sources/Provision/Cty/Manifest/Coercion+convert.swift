import Model

extension Coercion {
    /// A value of an attribute whose type says all.
    mutating func convert(_ value: Value, to type: CtyType, _ prior: CtyValue, _ path: FieldPath) -> CtyValue
    {
        switch value {
        case .null: return .null
        case .unknown: return .unknown
        case .hidden: return prior.isNull ? .unknown : prior
        case .secret(let handle):
            mark(value, path)
            guard let text = known(handle) else { return .unknown }
            return convert(secret: text, to: type, path)
        case .text(let parts):
            mark(value, path)
            guard let text = joined(parts, path) else { return .unknown }
            return convert(secret: text, to: type, path)
        default: break
        }
        switch type {
        case .string: return text(value, prior, path)
        case .number: return number(value, path)
        case .bool: return flag(value, path)
        case .dynamic: return dynamic(value, prior, path)
        case .list(let element):
            guard case .list(let items) = value else { return mismatch(value, "a \(type.name)", path) }
            return .list(convert(items, prior.items, path) { _ in element.asBlock })
        case .set(let element):
            guard case .list(let items) = value else { return mismatch(value, "a \(type.name)", path) }
            let result = whole(value, true, path) { $0.convert(items, nil, path) { _ in element.asBlock } }
            return .set(CtySet(result))
        case .tuple(let elements):
            guard case .list(let items) = value, items.count == elements.count else {
                return mismatch(value, "a list of \(elements.count)", path)
            }
            return .list(convert(items, prior.items, path) { elements[$0] })
        case .map(let element):
            guard case .map(let fields) = value else { return mismatch(value, "a \(type.name)", path) }
            return .object(convert(fields, prior, path) { _ in element })
        case .object(let attributes, let optional):
            return object(value, attributes, optional, prior, path)
        }
    }

    private mutating func convert(
        _ items: [Value], _ prior: [CtyValue]?, _ path: FieldPath, _ type: (Int) -> CtyType
    ) -> [CtyValue] {
        items.indices.map { index in
            let before = prior.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? .null
            return convert(items[index], to: type(index), before, path.appending(index))
        }
    }
    private mutating func convert(
        _ fields: [String: Value], _ prior: CtyValue, _ path: FieldPath, _ type: (String) -> CtyType?
    ) -> [String: CtyValue] {
        var result: [String: CtyValue] = [:]
        for (key, field) in fields.inOrder {
            guard let type = type(key) else { continue }
            result[key] = convert(field, to: type, prior[key], path.appending(key))
        }
        return result
    }

    private mutating func object(
        _ value: Value, _ attributes: [String: CtyType], _ optional: Set<String>, _ prior: CtyValue,
        _ path: FieldPath
    ) -> CtyValue {
        guard case .map(let fields) = value else { return mismatch(value, "an object", path) }
        for key in fields.keys.sorted() where attributes[key] == nil {
            report(
                path.appending(key), "unknown key '\(key.escapedForDisplay)'",
                hint: Suggestion.hint(key, among: attributes.keys.sorted()))
        }
        for key in attributes.keys.sorted() where fields[key] == nil && !optional.contains(key) {
            report(path, "missing key '\(key)'", hint: "write '\(key): null' where it has no value")
        }
        let result = convert(fields, prior, path) { attributes[$0] }
        return .object(attributes.mapValues { _ in .null }.merging(result) { $1 })
    }

    /// No message may show any of it.
    private mutating func convert(secret text: String, to type: CtyType, _ path: FieldPath) -> CtyValue {
        switch type {
        case .string: return .string(text)
        case .dynamic: return .dynamic(.string, .string(text))
        case .number: if let number = CtyNumber(text) { return .number(number) }
        case .bool: if let flag = Self.flag(text) { return .bool(flag) }
        default: break
        }
        report(path, "\(path.quoted) is a \(type.name), and what the reference gives is none")
        return .null
    }

    private mutating func text(_ value: Value, _ prior: CtyValue, _ path: FieldPath) -> CtyValue {
        if let text = value.string { return .string(text) }
        noteStructured(path)
        let json = whole(value, true, path) { $0.json(value, path) }
        guard let json else { return .unknown }
        if let before = prior.string, (try? JSON(before.utf8)) == json { return prior }
        return .string(json.text)
    }
    private mutating func number(_ value: Value, _ path: FieldPath) -> CtyValue {
        guard let text = value.numberText, let number = Self.number(text) else {
            return mismatch(value, "a number", path)
        }
        return .number(number)
    }
    private mutating func flag(_ value: Value, _ path: FieldPath) -> CtyValue {
        if case .bool(let flag) = value { return .bool(flag) }
        guard case .int = value else {
            guard let flag = value.string.flatMap(Self.flag) else {
                return mismatch(value, "true or false", path)
            }
            return .bool(flag)
        }
        return mismatch(value, "true or false", path)
    }

    /// Read as YAML's core schema reads it.
    private mutating func dynamic(_ value: Value, _ prior: CtyValue, _ path: FieldPath) -> CtyValue {
        let before = if case .dynamic(_, let inner) = prior { inner } else { CtyValue.null }
        let type = CtyType(of: value)
        let result = whole(value, true, path) { $0.convert(value, to: type, before, path) }
        return result.isNull || result.isUnknown ? result : .dynamic(type, result)
    }

    private mutating func json(_ value: Value, _ path: FieldPath) -> JSON? {
        switch value {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .number(CtyNumber(number))
        case .string(let text): return .string(text)
        case .scalar(let text):
            if let number = Self.number(text) { return .number(number) }
            return Self.flag(text).map(JSON.bool) ?? .string(text)
        case .unknown, .hidden: return nil
        case .secret(let handle): return known(handle).map(JSON.string)
        case .text(let parts): return joined(parts, path).map(JSON.string)
        case .list(let items):
            let written = items.indices.map { json(items[$0], path.appending($0)) }
            return written.contains(nil) ? nil : .array(written.compactMap(\.self))
        case .map(let fields):
            var written: [String: JSON] = [:]
            var isKnown = true
            for (key, field) in fields.inOrder {
                written[key] = json(field, path.appending(key))
                isKnown = isKnown && written[key] != nil
            }
            return isKnown ? .object(written) : nil
        }
    }

    /// As YAML writes numbers: JSON's form, `0x1F` and `0o17`.
    static func number(_ text: String) -> CtyNumber? {
        if let number = CtyNumber(text) { return number }
        for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
            return UInt64(text.dropFirst(2), radix: radix).map { CtyNumber($0) }
        }
        return nil
    }
    static func flag(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }
}

extension Value {
    fileprivate var numberText: String? { if case .bool = self { nil } else { string } }
}

extension CtyType {
    /// Objects in a list or set are written as blocks are, by the custom of the legacy SDK: what is left out is null.
    fileprivate var asBlock: CtyType {
        guard case .object(let attributes, _) = self else { return self }
        return .object(attributes, optional: Set(attributes.keys))
    }

    /// What a value is where nothing says what it shall be.
    init(of value: Value) {
        self =
            switch value {
            case .bool: .bool
            case .int: .number
            case .string, .secret, .text: .string
            case .scalar(let text):
                Coercion.number(text) != nil ? .number : Coercion.flag(text) != nil ? .bool : .string
            case .null, .unknown, .hidden: .dynamic
            case .list(let items): .tuple(items.map { CtyType(of: $0) })
            case .map(let fields): .object(fields.mapValues { CtyType(of: $0) })
            }
    }
}
