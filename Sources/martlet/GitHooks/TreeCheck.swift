import Foundation
import Manifests
import Model
import Repository

/// Says what is wrong with a source's manifests at a commit or root tree: by what differs from the tree that an index
/// describes, or else by reading all of them, which makes an index.
struct TreeCheck {
    let repository: LocalRepository
    let source: HookSource
    /// Where the index is kept.
    let file: String

    /// More changed files than this are not worth an index: all are read, and a new one is made.
    static let mostChanges = 2000

    struct Verdict {
        /// With paths from the repository's root.
        var problems: [Diagnostic]
        /// Of the whole source.
        var files: Int
    }

    private var loader: Loader { Loader(kinds: allKinds, settings: source.settings) }

    init(_ repository: LocalRepository, _ source: HookSource) async throws(GitError) {
        (self.repository, self.source) = (repository, source)
        let name = "\(source.name ?? "") \(source.reference ?? "") \(source.folder)"
        let readable = String(
            name.unicodeScalars.map { $0.properties.isAlphabetic || "0"..."9" ~= $0 ? Character($0) : "-" })
        let digest = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        file =
            "\(try await repository.databaseFolder())/martlet/\(readable.prefix(80))-\(String(digest, radix: 16)).index"
    }

    func verdict(on id: ObjectID) async throws(GitError) -> Verdict {
        let path = source.folder.isEmpty ? IgnoreRules.fileName : "\(source.folder)/\(IgnoreRules.fileName)"
        let ignore = try await repository.readFile(path, at: id)
        let rules = IgnoreRules(String(decoding: ignore ?? [], as: UTF8.self))
        let fit = TreeIndex.fit(source, ignore: ignore)
        if let index = TreeIndex(file: file, fit: fit),
            let changes = try? await repository.changes(
                in: source.folder, from: index.tree, to: id, known: index.totals, matching: rules.isManifest),
            changes.written.count + changes.removed.count <= Self.mostChanges
        {
            return verdict(try await problems(of: changes, index.names), changes)
        }
        let changes = try await repository.changes(
            in: source.folder, from: nil, to: id, matching: rules.isManifest)
        let files = try await parse(changes.written)
        var catalog = Catalog(kinds: allKinds, settings: source.settings)
        let all = verdict(
            catalog.take(files.map { CatalogChange(inRepository($0.path), $0.file) }).problems, changes)
        if !all.problems.contains(where: { $0.severity == .error }) {
            let names = NameIndex(files.map { ($0.path, $0.blob.bytes, $0.file) })
            let index = TreeIndex(
                tree: try await repository.tree(of: id), totals: changes.totals, names: names)
            // Without it the next check takes longer, and says the same.
            try? index.write(to: file, fit: fit)
        }
        return all
    }

    private func verdict(_ problems: [Diagnostic], _ changes: FolderChanges) -> Verdict {
        Verdict(problems: (problems + changes.refused).sortedByPlace, files: changes.totals.files)
    }

    private func inRepository(_ path: String) -> String {
        (source.folder.split(separator: "/") + [path[...]]).joined(separator: "/")
    }

    /// What is wrong with a tree because of what differs from a commit: problems of other files that were there before
    /// are left out. All of them where `commit` is nil.
    func verdict(on tree: ObjectID, since commit: ObjectID?) async throws(GitError) -> Verdict {
        var verdict = try await verdict(on: tree)
        guard let commit, !verdict.problems.isEmpty else { return verdict }
        let changes = try await repository.changes(in: source.folder, from: commit, to: tree)
        let changed = Set(changes.written.map { inRepository($0.path) })
        let before = Set((try? await self.verdict(on: commit))?.problems ?? [])
        verdict.problems.removeAll { problem in
            before.contains(problem) && !(problem.location.map { changed.contains($0.file) } ?? false)
        }
        return verdict
    }

    func parse(
        _ files: [ManifestFile]
    ) async throws(GitError) -> [(path: String, blob: ObjectID, file: ParsedFile)] {
        let loader = loader
        let parsed = try await repository.readBlobs(files) { _, bytes in loader.parse(bytes) }
        return zip(files, parsed).map { ($0.path, $0.blob, $1) }
    }
}

extension TreeCheck {
    /// The problems of a tree that differs by these files from one that had none. Read are: the files themselves, before
    /// and after; those that name what has gone or gives other outputs now; those that declare the same ids; and all
    /// that these depend on, for circles and for what is named.
    private func problems(of changes: FolderChanges, _ names: NameIndex) async throws(GitError)
        -> [Diagnostic]
    {
        let replaced = Set(changes.removed + changes.written.map(\.path))
        let before = try await parse(replaced.compactMap(names.number).compactMap(names.manifestFile)).map(
            \.file)
        let written = try await parse(changes.written)
        var reading = Closure(replaced: replaced, names: names)
        reading.take(written.map { ($0.path, $0.file) })
        let (old, new) = (Self.outputs(before), Self.outputs(written.map(\.file)))
        for id in Set(old.keys).union(new.keys) where old[id] != new[id] { reading.want(naming: id) }
        for id in (before + written.map(\.file)).flatMap(\.formerNames) { reading.want(naming: id) }
        for id in new.keys { reading.want(declaring: id) }
        while let files = reading.next() {
            reading.take(try await parse(files).map { ($0.path, $0.file) })
        }
        var catalog = Catalog(kinds: allKinds, settings: source.settings)
        return catalog.take(reading.files.map { CatalogChange(inRepository($0.key), $0.value) }).problems
    }

    private static func outputs(_ files: [ParsedFile]) -> [ResourceID: [String]?] {
        files.reduce(into: [:]) { $0.merge($1.outputs) { first, _ in first } }
    }

    /// The files that decide whether a change is right, as far as they are read.
    private struct Closure {
        let replaced: Set<String>
        let names: NameIndex
        private(set) var files: [String: ParsedFile] = [:]
        private var wanted: Set<NameIndex.Number> = []
        private var read: Set<NameIndex.Number> = []
        private var named: Set<ResourceID> = []
        private var hasSuggested = false

        init(replaced: Set<String>, names: NameIndex) { (self.replaced, self.names) = (replaced, names) }

        mutating func want(naming id: ResourceID) { wanted.formUnion(names.naming(id)) }
        mutating func want(declaring id: ResourceID) { wanted.formUnion(names.declaring(id)) }

        mutating func take(_ parsed: [(path: String, file: ParsedFile)]) {
            for (path, file) in parsed {
                files[path] = file
                for id in file.named where named.insert(id).inserted { want(declaring: id) }
            }
        }

        /// What is to be read next; nil when nothing is. At last what may be meant by names that nobody declares, for the hints.
        mutating func next() -> [ManifestFile]? {
            while true {
                let fresh = wanted.subtracting(read)
                read.formUnion(fresh)
                let files = fresh.compactMap(names.manifestFile).filter { !replaced.contains($0.path) }
                if !files.isEmpty { return files }
                guard !hasSuggested else { return nil }
                hasSuggested = true
                let declared = Set(self.files.values.flatMap(\.declared))
                wanted = Set(named.subtracting(declared).sorted().prefix(20).compactMap(names.nearest))
            }
        }
    }
}

extension NameIndex {
    fileprivate func manifestFile(_ number: Number) -> ManifestFile? {
        guard let (path, blob) = file(number), let id = ObjectID(bytes: blob) else { return nil }
        return ManifestFile(path: path, blob: id, size: 0)
    }
}
