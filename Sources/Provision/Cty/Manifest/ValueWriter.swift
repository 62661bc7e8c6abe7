package import Model

/// Tells a provider's value in the words of a manifest. What is sensitive, or came from a secret, is told by a keyed
/// fingerprint alone.
package struct ValueWriter {
    private let form: Form
    /// Blocks are lists, texts are texts, and what has no value is null, as others refer to them.
    private let isCanonical: Bool
    /// Of a text that must not be shown.
    private let fingerprint: (String) -> String
    /// Fingerprints of what came from secrets: a text that is the same is a copy of one, wherever it stands.
    private let copies: Set<String>
    /// What stands for a value that must not be shown.
    private let sealed: (FieldPath, _ fingerprint: String) -> Value
    /// Where items have no order.
    package private(set) var sets: Set<FieldPath> = []
    /// The values that came from secrets, by their places, as fingerprints.
    package private(set) var prints: [FieldPath: String] = [:]

    /// For what an observation shows.
    package init(
        fieldsIn form: Form, copies: Set<String> = [], fingerprint: @escaping (String) -> String
    ) {
        (self.form, self.copies, self.fingerprint, isCanonical) = (form, copies, fingerprint, false)
        sealed = { .hidden($1) }
    }
    /// For what others may refer to.
    package init(
        outputsIn form: Form, copies: Set<String> = [], fingerprint: @escaping (String) -> String,
        handle: @escaping (FieldPath, _ fingerprint: String) -> SecretHandle
    ) {
        (self.form, self.copies, self.fingerprint, isCanonical) = (form, copies, fingerprint, true)
        sealed = { .secret(handle($0, $1)) }
    }

    /// - Parameter path: where the block is in the spec.
    package mutating func fields(_ value: CtyValue, _ block: Block, at path: FieldPath) -> Value {
        guard let fields = value.fields else { return value.isUnknown ? .unknown : .null }
        var result: [String: Value] = [:]
        for attribute in block.attributes {
            let value = write(attribute, fields[attribute.name] ?? .null, at: path.appending(attribute.name))
            if isCanonical || value != .null { result[attribute.name] = value }
        }
        for nested in block.blocks {
            let value = write(nested, fields[nested.name] ?? .null, at: path.appending(nested.name))
            if isCanonical || value != .null { result[nested.name] = value }
        }
        return .map(result)
    }

    private mutating func write(_ attribute: Attribute, _ value: CtyValue, at path: FieldPath) -> Value {
        if value.isNull { return .null }
        if let words = words(for: value, attribute.type, at: path) { return words }
        if attribute.isSensitive { return hidden(value, attribute.type, at: path) }
        guard let nested = attribute.nested else { return write(value, attribute.type, at: path) }
        let block = nested.block
        switch nested.nesting {
        case .single, .group: return fields(value, block, at: path)
        case .map: return map(value, at: path) { $0.fields($1, block, at: $2) }
        case .list, .set:
            if nested.nesting == .set { sets.insert(path) }
            return list(value, at: path) { $0.fields($1, block, at: $2) }
        }
    }

    private mutating func write(_ nested: NestedBlock, _ value: CtyValue, at path: FieldPath) -> Value {
        if value.isNull { return .null }
        if let words = words(for: value, nested.type, at: path) { return words }
        let block = nested.block
        switch nested.nesting {
        case .single, .group: return fields(value, block, at: path)
        case .map: return map(value, at: path) { $0.fields($1, block, at: $2) }
        case .list, .set:
            if let items = value.items, items.isEmpty { return isCanonical ? .list([]) : .null }
            if form.bare.contains(path), value.items?.count == 1, let item = value.items?.first {
                let fields = fields(item, block, at: path)
                return isCanonical ? .list([fields]) : fields
            }
            if nested.nesting == .set { sets.insert(path) }
            return list(value, at: path) { $0.fields($1, block, at: $2) }
        }
    }

    private mutating func write(_ value: CtyValue, _ type: CtyType, at path: FieldPath) -> Value {
        if value.isNull { return .null }
        if let words = words(for: value, type, at: path) { return words }
        switch (type, value) {
        case (_, .unknown), (_, .refined): return .unknown
        case (_, .bool(let flag)): return .bool(flag)
        case (_, .number(let number)): return Int(number.text).map(Value.int) ?? .scalar(number.text)
        case (_, .string(let text)):
            // Of a very short one these are letters that any text may be.
            if !copies.isEmpty, text.utf8.count >= 4, let print = print(of: value, type),
                copies.contains(print)
            {
                return sealed(path, print)
            }
            guard !isCanonical, form.structured.contains(path), let json = try? JSON(text.utf8) else {
                return .string(text)
            }
            return Value(json)
        case (_, .dynamic(let own, let inner)): return write(inner, own, at: path)
        case (.list(let element), _): return list(value, at: path) { $0.write($1, element, at: $2) }
        case (.set(let element), _):
            sets.insert(path)
            return list(value, at: path) { $0.write($1, element, at: $2) }
        case (.tuple(let elements), .list(let items)):
            return .list(
                zip(items, elements).enumerated().map { write($1.0, $1.1, at: path.appending($0)) })
        case (.map(let element), _): return map(value, at: path) { $0.write($1, element, at: $2) }
        case (.object(let attributes, _), .object(let fields)):
            var result: [String: Value] = [:]
            for (name, attribute) in attributes {
                let value = write(fields[name] ?? .null, attribute, at: path.appending(name))
                if isCanonical || value != .null { result[name] = value }
            }
            return .map(result)
        default: return .null
        }
    }

    private mutating func list(
        _ value: CtyValue, at path: FieldPath, _ write: (inout ValueWriter, CtyValue, FieldPath) -> Value
    ) -> Value {
        guard let items = value.items else { return .unknown }
        return .list(items.indices.map { write(&self, items[$0], path.appending($0)) })
    }
    private mutating func map(
        _ value: CtyValue, at path: FieldPath, _ write: (inout ValueWriter, CtyValue, FieldPath) -> Value
    ) -> Value {
        guard let fields = value.fields else { return .unknown }
        var result: [String: Value] = [:]
        for (key, field) in fields { result[key] = write(&self, field, path.appending(key)) }
        return .map(result)
    }

    /// As the manifest says it, while it is what the manifest's secret made it.
    private mutating func words(for value: CtyValue, _ type: CtyType, at path: FieldPath) -> Value? {
        guard let words = form.words[path] else { return nil }
        guard let print = print(of: value, type) else { return .unknown }
        prints[path] = print
        if isCanonical || words.fingerprint.map({ $0 != print }) ?? false { return sealed(path, print) }
        return words.value
    }
    private func hidden(_ value: CtyValue, _ type: CtyType, at path: FieldPath) -> Value {
        print(of: value, type).map { sealed(path, $0) } ?? .unknown
    }
    /// Nil where something in it is unknown.
    private func print(of value: CtyValue, _ type: CtyType) -> String? {
        (try? value.json(as: type)).map { fingerprint($0.text) }
    }
}

extension Value {
    /// What a JSON text says.
    fileprivate init(_ json: JSON) {
        self =
            switch json {
            case .null: .null
            case .bool(let flag): .bool(flag)
            case .number(let number): Int(number.text).map(Value.int) ?? .scalar(number.text)
            case .string(let text): .string(text)
            case .array(let items): .list(items.map { Value($0) })
            case .object(let fields): .map(fields.mapValues { Value($0) })
            }
    }
}
