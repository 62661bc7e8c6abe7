/// All changes in the order they would be applied.
package struct Plan: Sendable {
    package struct Entry: Sendable, Hashable {
        package var id: ResourceID
        package var layer: Layer
        package var change: Change
        package init(id: ResourceID, layer: Layer, change: Change) {
            (self.id, self.layer, self.change) = (id, layer, change)
        }
    }
    package var entries: [Entry]
    package init(_ entries: [Entry]) { self.entries = entries }

    package subscript(id: ResourceID) -> Change? { entries.first { $0.id == id }?.change }

    /// What the digest is taken of: each change that git asks for, as a reader sees it, and where its secrets come
    /// from. Not the commit's id, not the clock, not drift that was there before, and not the engines' own bytes.
    package var digestInput: String {
        entries.compactMap { entry in
            let change = entry.change
            guard let fields = change.boundFields else { return nil }
            let lines = fields.map {
                "  \($0.path.pointer.quoted) \($0.before.canonical) -> \($0.after.canonical)\($0.replaces ? " !" : "")"
            }
            return (["\(change.action.rawValue) \(entry.id.description.quoted)"] + lines.sorted()).joined(
                separator: "\n")
        }.sorted().joined(separator: "\n")
    }
}
