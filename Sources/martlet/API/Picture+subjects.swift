import Manifests
import Model
import Reconcile

extension Picture {
    /// The source of that name.
    func source(named name: String) throws -> SourceState {
        if let source = sources[name] { return source }
        let known = sources.keys.sorted().map { "'\($0)'" }
        throw OperationError(
            404, "no source '\(name.escapedForDisplay)'",
            hint: Suggestion.hint(name, among: sources.keys)
                ?? (known.isEmpty ? "none is configured" : "there is \(known.joined(separator: ", "))"))
    }

    /// The resource that a person names: its whole id, or `kind/name` where one alone is named so.
    func resource(named text: String) throws -> ResourceID {
        if let id = ResourceID(text), nodes[id]?.isNamed == true { return id }
        let found = nodes.filter { id, node in node.isNamed && id.description(in: id.project) == text }.keys
            .sorted()
        if let id = found.first, found.count == 1 { return id }
        let shown = text.escapedForDisplay
        guard found.isEmpty else {
            throw OperationError(
                409, "'\(shown)' names \(found.count) resources",
                hint: "name one of them whole: \(found.prefix(5).map(\.description).joined(separator: ", "))")
        }
        let known = nodes.lazy.filter(\.value.isNamed).map { id, _ in id.description(in: id.project) }
        throw OperationError(
            404, "no resource '\(shown)'",
            hint: Suggestion.hint(text, among: known) ?? "list them with 'martlet get'")
    }

    /// A source's name as it is, or a resource's whole id.
    func subject(named text: String) throws -> String {
        if sources[text] != nil { return text }
        guard text.contains("/") else {
            throw OperationError(
                404, "no source '\(text.escapedForDisplay)'", hint: "a resource is named 'kind/name'")
        }
        return try resource(named: text).description
    }
}

extension Node {
    fileprivate var isNamed: Bool { manifest != nil || record != nil || unanswered != nil }
}
