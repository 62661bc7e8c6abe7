import Cty
import Model

/// What a manifest asks of a provider, its references resolved.
struct TerraformSpec {
    var type: String
    /// Read, instead of made.
    var isData: Bool
    var config: Value
    var lifecycle: Lifecycle

    init(_ spec: Value) throws(EngineError) {
        let resource = try Infrastructure(spec)
        guard let type = resource.data ?? resource.type else {
            throw EngineError(.waitForChange, "'type' is missing")
        }
        (self.type, isData, lifecycle) = (
            type, resource.data != nil, try Lifecycle(spec["lifecycle"] ?? .null)
        )
        config = resource.config
        guard let timeouts = spec["timeouts"], case .map(var fields) = config, !timeouts.fields.isEmpty else {
            return
        }
        fields["timeouts"] = .map(
            timeouts.fields.mapValues { $0.span.map { .string($0.forProviders) } ?? $0 })
        config = .map(fields)
    }

    var kind: ProviderSchemas.Kind { isData ? .dataSource : .resource }
    static let path = FieldPath("config")
}

/// How Martlet itself deals with an object.
struct Lifecycle: Equatable {
    var createsFirst = false
    var preventsDestroy = false
    /// Paths under `config` whose differences do not count; an empty one is everything.
    var ignored: [FieldPath] = []
    /// The object is replaced when one of these is another.
    var triggers: [Value] = []

    init(_ spec: Value) throws(EngineError) {
        createsFirst = try spec.optional("createBeforeDestroy", \.bool) ?? false
        preventsDestroy = try spec.optional("preventDestroy", \.bool) ?? false
        triggers = spec["replaceTriggeredBy"]?.items ?? []
        for text in spec["ignoreChanges"]?.strings ?? [] {
            guard let path = Self.path(text) else {
                throw EngineError(
                    .waitForChange, "lifecycle.ignoreChanges: '\(text.escapedForDisplay)' is no attribute",
                    hint: "write 'tags', 'tags.Name', 'rule[0].priority', or 'all'")
            }
            ignored.append(path)
        }
    }

    /// Whether one of the triggers gives another value than it did: one that was only added, or taken away, does not.
    func isTriggered(since recorded: Lifecycle) -> Bool {
        recorded.triggers.contains { !triggers.contains($0) }
            && triggers.contains { !recorded.triggers.contains($0) }
    }

    /// `tags.Name`, `tags["a.b"]`, `rule[0].priority`.
    static func path(_ text: String) -> FieldPath? {
        if text == "all" { return FieldPath() }
        var (components, rest) = ([FieldPath.Component](), text[...])
        while let first = rest.first {
            if first == "[" {
                guard let end = rest.firstIndex(of: "]") else { return nil }
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                if let index = Int(inner), index >= 0 {
                    components.append(.index(index))
                } else {
                    let key = inner.trimmingQuotes
                    guard key.count + 2 == inner.count else { return nil }
                    components.append(.key(String(key)))
                }
                rest = rest[rest.index(after: end)...]
                continue
            }
            if first == "." {
                guard !components.isEmpty else { return nil }
                rest = rest.dropFirst()
            } else if !components.isEmpty {
                return nil
            }
            let name = rest.prefix { $0 != "." && $0 != "[" }
            guard !name.isEmpty else { return nil }
            components.append(.key(String(name)))
            rest = rest[name.endIndex...]
        }
        return components.isEmpty ? nil : FieldPath(components)
    }
}

extension Substring {
    fileprivate var trimmingQuotes: Substring {
        guard count > 2, let first, first == last, first == "'" || first == "\"" else { return self }
        return dropFirst().dropLast()
    }
}

extension Span {
    /// Go's form has no days.
    fileprivate var forProviders: String {
        guard milliseconds >= 86_400_000 else { return description }
        let (hours, rest) = (milliseconds / 3_600_000, Span(milliseconds: milliseconds % 3_600_000))
        return "\(hours)h" + (rest.milliseconds > 0 ? rest.description : "")
    }
}
