package import Model
package import Repository

/// What a merge would do, over all layers of the sources that were asked about. Nothing of it was done.
package struct Preview: Sendable {
    package var base: Revision
    package var head: Revision
    /// The root tree of the merge, 40 hex digits; nil where git can't merge.
    package var tree: String?
    /// Empty where the merge is clean; else nothing is planned.
    package var conflicts: [MergeConflict]
    /// In the order of their names.
    package var sources: [SourcePreview]
    /// All that is known, planned at the base and with the merge.
    package var before: Picture
    package var after: Picture
    /// Milliseconds since 1970.
    package var startedAt: Int
    package var endedAt: Int
    package var calls = EngineCalls()

    init(_ base: Revision, _ head: Revision, over picture: Picture, at now: Int) {
        (self.base, self.head, conflicts, sources) = (base, head, [], [])
        (before, after, startedAt, endedAt) = (picture, picture, now, now)
    }

    package subscript(source: String) -> SourcePreview? { sources.first { $0.source == source } }
}

/// How much engines were asked for a preview, in resources.
package struct EngineCalls: Sendable, Hashable, Codable {
    package var observed = 0
    package var planned = 0
}

/// What a merge would do to one source.
package struct SourcePreview: Sendable {
    package var source: String
    /// Of its manifests in the merge. With an error among them nothing is planned, and a merge would change nothing.
    package var problems: [Diagnostic] = []
    /// What the merge causes, in the order it would be applied: of each change the fields that are not to be changed
    /// without it.
    package var plan = Plan([])
    /// Those of the plan whose manifests are as they were.
    package var dependants: Set<ResourceID> = []
    /// Who refers to what the plan changes of the layer of jobs, and is planned as it was: its instances are others then, and
    /// which is known only afterwards.
    package var following: [Following] = []
    /// What differs from its record already, through nobody's commit.
    package var drifted: [ResourceID] = []
    /// With a change that waits already, and is the same with the merge.
    package var pending: [ResourceID] = []
    /// With a change that waits already, and is not to be made any more.
    package var takenBack: [ResourceID] = []
    /// What can't be planned with the merge, and could without: `Picture.nodes` says why.
    package var failed: [ResourceID] = []
    package var unlooked: [Unlooked] = []
    /// Where the manifests stand in the merge, or those that it takes away at the base; relative to the source's folder.
    package var places: [ResourceID: ManifestLocation] = [:]

    package struct Following: Sendable, Hashable {
        package var id: ResourceID
        package var of: ResourceID
        package init(_ id: ResourceID, of other: ResourceID) { (self.id, of) = (id, other) }
    }

    /// What the merge touches and nobody looked at.
    package struct Unlooked: Sendable, Hashable {
        package var id: ResourceID
        package var reason: EngineError
        package init(id: ResourceID, reason: EngineError) { (self.id, self.reason) = (id, reason) }
    }

    package init(_ source: String) { self.source = source }

    package var isRefused: Bool { problems.contains { $0.severity == .error } }
    /// What a review binds: SHA-256 over what the merge causes, 64 hex digits.
    package var digest: String { Reconcile.digest(of: plan.digestInput, bytes: 32) }
}

/// How far a preview goes: who asks for it need not be trusted.
package struct PreviewLimits: Sendable, Hashable {
    package var time: Duration
    /// Resources that the merge changes, in all sources.
    package var resources: Int
    /// Manifest files that differ from the base, and what they hold, of one source.
    package var files: Int
    package var bytes: ByteSize

    package init(
        time: Duration = .seconds(120), resources: Int = 5000, files: Int = 10_000,
        bytes: ByteSize = ByteSize(bytes: 64 << 20)
    ) {
        (self.time, self.resources, self.files, self.bytes) = (time, resources, files, bytes)
    }

    func check(_ changes: FolderChanges, _ folder: String) throws(GitError) {
        let operation = "read what differs in folder '\(folder.isEmpty ? "." : folder)'"
        let hint = "merge it in parts, or raise the limit of previews in the controller's configuration"
        let count = changes.written.count + changes.removed.count
        guard count <= files else {
            throw GitError(
                .tooLarge, operation, "\(count) manifest files differ, and a preview reads \(files) at most",
                hint: hint)
        }
        let size = changes.written.reduce(0) { $0 + $1.size }
        guard size <= bytes.bytes else {
            throw GitError(
                .tooLarge, operation,
                "the files that differ have \(size) bytes, and a preview reads \(bytes) at most", hint: hint)
        }
    }
}

/// Why there is no preview.
package struct PreviewFailure: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// Somebody ended it.
        case cancelled
        /// More than its limits allow.
        case limit
        /// A commit or a reference that is not there (any more).
        case missing
        case other
    }
    package var kind: Kind
    /// Lower case, no full stop, no secret.
    package var message: String
    package var hint: String?

    package init(_ kind: Kind, _ message: String, hint: String? = nil) {
        (self.kind, self.message, self.hint) = (kind, message, hint)
    }
    package init(_ error: GitError) {
        let kind: Kind =
            switch error.code {
            case .cancelled: .cancelled
            case .missing: .missing
            case .tooLarge, .wholeLimit, .idleLimit: .limit
            default: .other
            }
        self.init(kind, "\(error.operation): \(error.message)", hint: error.hint)
    }
}

extension PreviewFailure: CustomStringConvertible {
    package var description: String { message + (hint.map { "\n  hint: \($0)" } ?? "") }
}
