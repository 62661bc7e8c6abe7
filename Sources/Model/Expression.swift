/// An output of another resource: `${job.web['eu'].instances[0].port}`.
package struct Reference: Hashable, Sendable {
    package var id: ResourceID
    /// What follows the name (and the `forEach` key).
    package var path: FieldPath

    package init(_ id: ResourceID, _ path: FieldPath) { (self.id, self.path) = (id, path) }
}

/// A value in which references stand, as git says it.
package indirect enum Expression: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
        case literal(String)
        case reference(Reference)
        /// See `TextPart.local`.
        case local(String)
    }
    /// No reference anywhere inside.
    case literal(Value)
    /// A whole string that is one expression: it takes the type of its result.
    case reference(Reference)
    case text([Part])
    case list([Expression])
    case map([String: Expression])

    package var references: [Reference] {
        switch self {
        case .literal: []
        case .reference(let reference): [reference]
        case .text(let parts):
            parts.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
        case .list(let items): items.flatMap(\.references)
        case .map(let fields): fields.sorted { $0.key < $1.key }.flatMap(\.value.references)
        }
    }

    /// Whoever it refers to, in no order.
    func collectReferences(into ids: inout Set<ResourceID>) {
        switch self {
        case .literal: break
        case .reference(let reference): ids.insert(reference.id)
        case .text(let parts):
            for case .reference(let reference) in parts { ids.insert(reference.id) }
        case .list(let items): for item in items { item.collectReferences(into: &ids) }
        case .map(let fields): for field in fields.values { field.collectReferences(into: &ids) }
        }
    }

    /// The same with every map and list that holds no reference folded into a literal: one canonical form.
    package init(folding fields: [String: Expression]) {
        var values: [String: Value] = [:]
        for (key, field) in fields {
            guard case .literal(let value) = field else {
                self = .map(fields)
                return
            }
            values[key] = value
        }
        self = .literal(.map(values))
    }
    package init(folding items: [Expression]) {
        var values: [Value] = []
        for item in items {
            guard case .literal(let value) = item else {
                self = .list(items)
                return
            }
            values.append(value)
        }
        self = .literal(.list(values))
    }

    /// A field of a map, be it literal or not.
    package subscript(key: String) -> Expression? {
        switch self {
        case .literal(let value): value[key].map(Expression.literal)
        case .map(let fields): fields[key]
        default: nil
        }
    }

    /// What is said of a place: there, or of what it is a part of where that is one reference or text. Nil where
    /// nothing is.
    package subscript(path: FieldPath) -> Expression? {
        var said = self
        for component in path.components {
            switch (said, component) {
            case (.reference, _), (.text, _): return said
            case (.map(let fields), .key(let key)):
                guard let field = fields[key] else { return nil }
                said = field
            case (.list(let items), .index(let index)) where items.indices.contains(index):
                said = items[index]
            case (.literal(let value), _):
                guard let part = value[FieldPath([component])] else { return nil }
                said = .literal(part)
            default: return nil
            }
        }
        return said
    }

    /// A field of a map, where it is literal.
    package func literal(_ key: String) -> Value? {
        switch self {
        case .literal(let value): value[key]
        case .map(let fields): if case .literal(let value)? = fields[key] { value } else { nil }
        default: nil
        }
    }
    package func contains(_ key: String) -> Bool {
        switch self {
        case .literal(let value): value[key] != nil
        case .map(let fields): fields.index(forKey: key) != nil
        default: false
        }
    }
    package func refers(toKind kind: String) -> Bool {
        switch self {
        case .literal: false
        case .reference(let reference): reference.id.kind == kind
        case .text(let parts):
            parts.contains { part in
                if case .reference(let reference) = part { reference.id.kind == kind } else { false }
            }
        case .list(let items): items.contains { $0.refers(toKind: kind) }
        case .map(let fields): fields.values.contains { $0.refers(toKind: kind) }
        }
    }

    /// The items of a list, be they literal or not.
    package var items: [Expression] {
        switch self {
        case .literal(let value): value.items.map(Expression.literal)
        case .list(let items): items
        default: []
        }
    }

    /// What is not known yet becomes `.unknown`, so that a dependant can be planned before it can be applied.
    /// `outputs` gives all outputs of a resource, `.unknown` where there are none yet.
    package func resolved(_ outputs: (ResourceID) -> Value) -> Value {
        switch self {
        case .literal(let value): value
        case .reference(let reference): reference.resolved(outputs)
        case .text(let parts): Value(joining: parts.map { $0.resolved(outputs) })
        case .list(let items): .list(items.map { $0.resolved(outputs) })
        case .map(let fields): .map(fields.mapValues { $0.resolved(outputs) })
        }
    }
}

extension Reference {
    func resolved(_ outputs: (ResourceID) -> Value) -> Value {
        var value = outputs(id)
        for component in path.components {
            switch component {
            case .key(let key): value = value[key] ?? .unknown
            case .index(let index):
                let items = value.items
                value = items.indices.contains(index) ? items[index] : .unknown
            }
        }
        return value
    }
}

extension Reference: CustomStringConvertible {
    package var description: String {
        let index = id.key.map { "['\($0.escapedForDisplay)']" } ?? ""
        let rest = path.description
        return "\(id.kind).\(id.name)\(index)\(rest.hasPrefix("[") || rest.isEmpty ? "" : ".")\(rest)"
    }
}

extension Expression.Part {
    fileprivate func resolved(_ outputs: (ResourceID) -> Value) -> [TextPart] {
        switch self {
        case .literal(let text): [.literal(text)]
        case .local(let name): [.local(name)]
        case .reference(let reference):
            switch reference.resolved(outputs) {
            case .null: []
            case let value: value.string.map { [.literal($0)] } ?? value.parts
            }
        }
    }
}

extension Value {
    /// As people read it, with what can't be joined yet, or may never be shown, as parts.
    fileprivate var parts: [TextPart] {
        switch self {
        case .unknown, .hidden: [.unknown]
        case .secret(let handle): [.secret(handle)]
        case .text(let parts): parts
        case .list(let items):
            [.literal("[")] + items.map(\.nestedParts).joined(separator: [.literal(", ")]) + [.literal("]")]
        case .map(let fields):
            [.literal("{")]
                + fields.sorted { $0.key < $1.key }
                .map { [.literal("\($0.key.keyForDisplay): ")] + $0.value.nestedParts }
                .joined(separator: [.literal(", ")]) + [.literal("}")]
        default: [.literal(description)]
        }
    }
    private var nestedParts: [TextPart] {
        if case .text = self { [.literal("\"")] + parts + [.literal("\"")] } else { parts }
    }
}

extension Value {
    /// Joins neighbouring literals; a string where nothing else is left.
    package init(joining groups: [[TextPart]]) {
        var parts: [TextPart] = []
        for part in groups.joined() {
            if case .literal(let text) = part {
                if text.isEmpty { continue }
                if case .literal(let before)? = parts.last {
                    parts[parts.count - 1] = .literal(before + text)
                    continue
                }
            }
            parts.append(part)
        }
        switch (parts.count, parts.first) {
        case (0, _): self = .string("")
        case (1, .literal(let text)?): self = .string(text)
        default: self = .text(parts)
        }
    }
}
