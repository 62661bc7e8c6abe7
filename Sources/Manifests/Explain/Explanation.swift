package import Model

/// The documentation of a field, from the same schema that checks it.
package enum Explanation {
    /// What a path may begin with: a kind, or a file that is no manifest.
    package struct Root: Sendable {
        package var name: String
        package var documentation: String
        package var fields: [Field]
        package var example: String?
        /// What others may refer to.
        var outputs: [Kind.Output] = []
        /// The field whose schema the type decides, and the fields of each type.
        var variants: (field: String, types: [(name: String, variant: EngineDescription.Variant)])?

        package init(_ name: String, documentation: String, fields: [Field], example: String? = nil) {
            (self.name, self.documentation, self.fields, self.example) = (
                name, documentation, fields, example
            )
        }
        /// `engines` adds what they make of the kind.
        package init(_ kind: Kind, engines: [EngineDescription] = []) {
            self.init(
                kind.name, documentation: kind.documentation, fields: CommonFields.fields(of: kind),
                example: kind.example)
            outputs = kind.outputs ?? []
            guard let field = kind.variant?.configField else { return }
            let types = engines.filter { $0.layer == kind.layer }.flatMap { engine in
                (engine.variants ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            }
            if !types.isEmpty { variants = (field, types) }
        }
    }
    /// No such root or field.
    package struct Unknown: Error, Sendable, Hashable {
        package var message: String
        package var hint: String?
        package init(message: String, hint: String?) { (self.message, self.hint) = (message, hint) }
    }

    /// `Job.spec.update`: documentation, type, default, example and fields. Lists and maps are passed through, so
    /// `Job.spec.task.health.http` is a field of each item.
    package static func text(path: String, roots: [Root]) throws(Unknown) -> String {
        var names = path.split(separator: "." as Character).map(String.init)[...]
        let first = names.popFirst() ?? ""
        guard
            let root = roots.first(where: { $0.name == first })
                ?? roots.first(where: { $0.name.lowercased() == first.lowercased() })
        else {
            let all = roots.map(\.name)
            throw Unknown(
                message: "nothing to explain under '\(first.escapedForDisplay)'",
                hint: Suggestion.hint(first, among: all) ?? "explain one of: \(all.joined(separator: ", "))")
        }
        var page = Page(root)
        for name in names { try page.enter(name) }
        return page.text
    }
    package static func text(
        path: String, kinds: [Kind], engines: [EngineDescription] = []
    ) throws(Unknown) -> String {
        try text(path: path, roots: kinds.map { Root($0, engines: engines) })
    }
}

/// One place in a schema, as it is shown.
private struct Page {
    private let root: Explanation.Root
    private var path: String
    private var field: Field?
    private var documentation: String
    private var children: [Field]

    init(_ root: Explanation.Root) {
        self.root = root
        (path, documentation, children) = (root.name, root.documentation, root.fields)
    }

    mutating func enter(_ name: String) throws(Explanation.Unknown) {
        guard let next = children.first(where: { $0.name == name }) else {
            throw Explanation.Unknown(
                message: "unknown field '\(name.escapedForDisplay)' in \(path)",
                hint: Suggestion.hint(name, among: children.map(\.name))
                    ?? (children.isEmpty
                        ? "\(path) has no fields" : "it has \(children.map(\.name).joined(separator: ", "))"))
        }
        path += ".\(name)"
        (field, documentation, children) = (next, next.documentation, next.type.fields)
        guard children.isEmpty, let variants = root.variants, path == "\(root.name).spec.\(variants.field)"
        else {
            return
        }
        children = variants.types.map { type in
            Field(type.name, .object(type.variant.fields), type.variant.documentation)
        }
    }

    var text: String {
        var lines =
            ["\(path)\(field.map { "  \($0.words)" } ?? "")", ""] + documentation.wrapped(80, indent: "")
        if let value = field?.defaultValue { lines += ["", "default: \(value.written)"] }
        if let example = field?.example ?? (field == nil ? root.example : nil) {
            lines += ["", "example:"] + example.split(separator: "\n").map { "  \($0)" }
        }
        if !children.isEmpty {
            lines += ["", "fields:"]
            for child in children {
                lines.append("  \(child.name)  \(child.words)")
                lines += child.documentation.wrapped(80, indent: "      ")
            }
        }
        if field == nil, !root.outputs.isEmpty {
            lines += ["", "outputs:"]
            for output in root.outputs {
                lines.append("  \(output.name)")
                lines += output.documentation.wrapped(80, indent: "      ")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Field {
    /// Its type, and whether it may be left out.
    fileprivate var words: String {
        if isRequired { return "\(type.fullWords), required" }
        guard let value = defaultValue, value != .map([:]) else { return type.fullWords }
        return "\(type.fullWords), default \(value.written)"
    }
}

extension FieldType {
    /// What it takes, with what its items are.
    fileprivate var fullWords: String {
        switch self {
        case .list(let element, _): "a list, each item \(element.fullWords)"
        case .map(.any): words
        case .map(let element): "a map, each value \(element.fullWords)"
        case .oneOf(let types): types.map(\.fullWords).uniqued.joined(separator: ", or ")
        default: words
        }
    }
    /// The fields of the object that it is, or that its items are.
    fileprivate var fields: [Field] {
        switch self {
        case .object(let fields): fields
        case .list(let element, _), .map(let element): element.fields
        case .oneOf(let types): types.flatMap(\.fields)
        default: []
        }
    }
}

extension Value {
    /// As a manifest would write it.
    fileprivate var written: String {
        switch self {
        case .string(let text): text
        case .list(let items): "[\(items.map(\.written).joined(separator: ", "))]"
        default: description
        }
    }
}

extension String {
    /// Lines of at most `width`, each after the indent.
    fileprivate func wrapped(_ width: Int, indent: String) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(indent + word)
            }
        }
        return lines
    }
}
