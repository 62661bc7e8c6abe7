package import Manifests
package import Model
package import Repository
package import Store

/// Reads one source: what its files say, as loads for the loop. The work follows what changed since the last good load.
package struct SourceReader: Sendable {
    package let settings: SourceSettings
    private let kinds: [Kind]
    private let caps: FolderCaps
    private let signatures: SignatureRule?
    package let followsRequests: Bool
    private let loader: Loader
    private var catalog: Catalog
    private var totals = FolderTotals()
    /// The text of `.martletignore` that the catalog was read under.
    private var ignored: [UInt8]?
    /// The last good load's commit, or a plain folder's blobs.
    package private(set) var loaded: ObjectID?
    private var blobs: [String: ObjectID] = [:]

    /// The last commit that was refused for its signature: it may be let in later, when another key is believed.
    package private(set) var unsigned: ObjectID?

    /// - Parameter followsRequests: whether loads say what was merged (`Load.merged`).
    package init(
        kinds: [Kind], settings: SourceSettings, caps: FolderCaps = FolderCaps(),
        signatures: SignatureRule? = nil, followsRequests: Bool = false
    ) {
        (self.kinds, self.settings, self.caps, self.signatures) = (kinds, settings, caps, signatures)
        self.followsRequests = followsRequests
        loader = Loader(kinds: kinds, settings: settings)
        catalog = Catalog(kinds: kinds, settings: settings)
    }

    package var resourceCount: Int { catalog.resourceCount }

    /// A commit's load: what differs from the last good one, or all of it at first. A load with errors is not kept.
    /// `record` is how the source stands: the commit that is in force by it needs no signature any more.
    package mutating func read(
        _ repository: LocalRepository, at commit: Commit, folder: String, after record: SourceRecord? = nil
    ) async throws(GitError) -> Load {
        unsigned = nil
        if let signatures, commit.id.description != record?.commit,
            let refusal = try await repository.refusal(of: commit, by: signatures)
        {
            unsigned = commit.id
            return Load(
                source: settings.name, commit: Revision(commit), manifests: [], problems: [refusal])
        }
        var revision = Revision(commit)
        if let base = record?.base.flatMap({ ObjectID($0) }) {
            revision.isForced = try await !repository.isFastForward(from: base, to: commit.id)
        }
        var load = try await read(repository, at: commit.id, folder: folder, as: revision)
        if followsRequests, !load.isRefused {
            load.merged = try await repository.merged(in: folder, since: record?.commit, to: commit.id)
        }
        return load
    }

    /// The load of a commit or a root tree that nobody has to have signed, as of `revision`.
    /// - Throws: `tooLarge` where more is to be read than `limits` allow.
    package mutating func read(
        _ repository: LocalRepository, at id: ObjectID, folder: String, as revision: Revision,
        limits: PreviewLimits? = nil
    ) async throws(GitError) -> Load {
        let path = folder.isEmpty ? IgnoreRules.fileName : "\(folder)/\(IgnoreRules.fileName)"
        let ignore = try await repository.readFile(path, at: id)
        if ignore != ignored { forget() }
        let rules = IgnoreRules(String(decoding: ignore ?? [], as: UTF8.self))
        let changes = try await repository.changes(
            in: folder, from: loaded, to: id, known: totals, caps: caps, matching: rules.isManifest)
        if loaded != nil { try limits?.check(changes, folder) }
        let load = try await take(changes, of: repository, revision)
        if !load.isRefused { (loaded, ignored) = (id, ignore) }
        return load
    }

    /// Where a resource's name stands in what was read last.
    package func location(of id: ResourceID) -> ManifestLocation? { catalog.location(of: id) }

    /// A plain folder's load. Its revision is the digest of what it holds.
    package mutating func read(_ folder: Folder) async throws(GitError) -> Load {
        let ignore = try folder.readFile(IgnoreRules.fileName)
        if ignore != ignored { forget() }
        let rules = IgnoreRules(String(decoding: ignore ?? [], as: UTF8.self))
        let changes = try await folder.changes(from: blobs, caps: caps, matching: rules.isManifest)
        var present = blobs
        for file in changes.written { present[file.path] = file.blob }
        for path in changes.removed { present[path] = nil }
        let content = present.map { "\($0.key) \($0.value)" }.sorted().joined(separator: "\n")
        let load = try await take(
            changes, of: folder, Revision(id: digest(of: content), summary: folder.path))
        if !load.isRefused { (blobs, ignored) = (present, ignore) }
        return load
    }

    private mutating func take(
        _ changes: FolderChanges, of files: some ManifestFiles, _ revision: Revision
    ) async throws(GitError) -> Load {
        let isWhole = loaded == nil && blobs.isEmpty
        let loader = loader
        let parsed = try await files.readBlobs(changes.written, cores: processorCount) { _, bytes in
            loader.parse(bytes)
        }
        var taken = zip(changes.written, parsed).map { CatalogChange($0.path, $1) }
        taken += changes.removed.map { CatalogChange($0, nil) }
        let before = isWhole ? [] : taken.map { CatalogChange($0.path, catalog[path: $0.path]) }
        let delta = catalog.take(taken)
        let load = Load(
            source: settings.name, commit: revision, manifests: delta.changed, removed: Set(delta.removed),
            isWhole: isWhole, problems: delta.problems + changes.refused)
        if load.isRefused && isWhole {
            catalog = Catalog(kinds: kinds, settings: settings)
        } else if load.isRefused {
            _ = catalog.take(before)
        } else {
            totals = changes.totals
        }
        return load
    }

    private mutating func forget() {
        catalog = Catalog(kinds: kinds, settings: settings)
        (loaded, blobs, totals) = (nil, [:], FolderTotals())
    }
}

extension LocalRepository {
    /// Where so much was merged that it can't be followed, a person is asked.
    fileprivate func merged(
        in folder: String, since base: String?, to tip: ObjectID
    ) async throws(GitError) -> Footprints {
        do throws(GitError) {
            return try await footprints(of: folder, since: base.flatMap { ObjectID($0) }, to: tip)
        } catch {
            guard error.code == .tooLarge else { throw error }
            return Footprints()
        }
    }
}

extension Revision {
    init(_ commit: Commit) {
        self.init(
            id: commit.id.description, summary: commit.summary, author: commit.author, time: commit.time)
    }
}
