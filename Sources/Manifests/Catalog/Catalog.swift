package import Model

/// One file of a source as it now is; `file` is nil where it is gone.
package struct CatalogChange: Sendable {
    package var path: String
    package var file: ParsedFile?
    package init(_ path: String, _ file: ParsedFile?) { (self.path, self.file) = (path, file) }
}

/// What a change of files changed.
package struct CatalogDelta: Sendable {
    /// Added, or no longer equal to what they were.
    package var changed: [Manifest] = []
    package var removed: [ResourceID] = []
    /// Of the whole source as it now stands, in order.
    package var problems: [Diagnostic] = []
}

/// All files of one source. The work of a change follows the change, not the source.
package struct Catalog: Sendable {
    let settings: SourceSettings
    let kinds: [String: Kind]
    /// By path.
    var files: [String: ParsedFile] = [:]
    /// Who declares an id; the first in order where several do.
    var owners: [ResourceID: Owner] = [:]
    /// Every owner of an id that several declare, in order.
    var rivals: [ResourceID: [Owner]] = [:]
    /// Paths of the files that name an id.
    var referrers: [ResourceID: Set<String>] = [:]
    /// What is wrong between files, by path; names nothing that depends on a third file.
    var faults: [String: [Fault]] = [:]
    /// Paths with problems of their own.
    var broken: Set<String> = []
    var circles = Circles()

    /// Which declaration of which file.
    struct Owner: Hashable, Sendable, Comparable {
        var path: String
        var number: Int32
        static func < (left: Owner, right: Owner) -> Bool {
            (left.path, left.number) < (right.path, right.number)
        }
    }

    package init(kinds: [Kind], settings: SourceSettings) {
        self.settings = settings
        self.kinds = Dictionary(kinds.map { ($0.id, $0) }) { first, _ in first }
    }

    package var resourceCount: Int { owners.count }
    package var ids: some Collection<ResourceID> { owners.keys }
    package func contains(_ path: String) -> Bool { files[path] != nil }

    /// A file as it was taken.
    package subscript(path path: String) -> ParsedFile? { files[path] }
    /// Nil where nobody declares it, or its manifest has problems.
    package subscript(id: ResourceID) -> Manifest? {
        owners[id].flatMap { owner in
            declaration(owner).flatMap { $0.isWhole ? $0.manifest(in: owner.path) : nil }
        }
    }
    /// Where a resource's name stands.
    package func location(of id: ResourceID) -> ManifestLocation? {
        owners[id].flatMap { owner in declaration(owner).map { ManifestLocation(file: owner.path, $0.place) }
        }
    }
    /// The line on which a resource's document begins.
    package func line(of id: ResourceID) -> Int? { owners[id].flatMap(declaration).map { Int($0.line) } }

    func declaration(_ owner: Owner) -> Declaration? { files[owner.path]?.declarations[Int(owner.number)] }
    func declaration(_ id: ResourceID) -> Declaration? { owners[id].flatMap(declaration) }
}
