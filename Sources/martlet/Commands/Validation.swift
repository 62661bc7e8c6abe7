import Foundation
import Manifests
import Model
import Repository
import Review

/// Reads all manifests of one place, once, and says what is wrong with them.
struct Validation {
    enum Place: Sendable {
        case folder(String)
        case repository(String, revision: String, folder: String)
    }
    let place: Place
    let loader: Loader

    init(_ place: Place, settings: ValidationSettings) {
        self.place = place
        loader = Loader(kinds: allKinds, settings: settings.source)
    }

    func report() async throws -> ValidationReport {
        switch place {
        case .folder(let path):
            try checkFolder(path)
            return try await report(on: Folder(path))
        case .repository(let path, let revision, let folder):
            let repository = try await LocalRepository.open(absolute(path))
            return try await report(on: repository, at: try await repository.resolve(revision), folder)
        }
    }

    private func checkFolder(_ path: String) throws(ConfigurationError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ConfigurationError("folder '\(path.escapedForDisplay)' does not exist")
        }
        guard isFolder.boolValue else {
            throw ConfigurationError(
                "'\(path.escapedForDisplay)' is no folder",
                hint: "manifests refer to each other, so name the folder that holds all of them")
        }
    }

    private func report(on folder: Folder) async throws -> ValidationReport {
        let start = ContinuousClock.now
        let rules = IgnoreRules(try folder.readFile(IgnoreRules.fileName))
        let changes = try await folder.changes(matching: rules.isManifest)
        return try await report(on: changes, of: folder, since: start)
    }

    private func report(
        on repository: LocalRepository, at commit: Commit, _ folder: String
    ) async throws -> ValidationReport {
        let start = ContinuousClock.now
        let name = folder.isEmpty ? IgnoreRules.fileName : "\(folder)/\(IgnoreRules.fileName)"
        let rules = IgnoreRules(try await repository.readFile(name, at: commit.id))
        let changes = try await repository.changes(
            in: folder, from: nil, to: commit.id, matching: rules.isManifest)
        return try await report(on: changes, of: repository, since: start)
    }

    private func report(
        on changes: FolderChanges, of files: some ManifestFiles, since start: ContinuousClock.Instant
    ) async throws -> ValidationReport {
        let loader = loader
        let parsed = try await files.readBlobs(changes.written, cores: processorCount) { _, bytes in
            loader.parse(bytes)
        }
        var catalog = Catalog(kinds: allKinds, settings: loader.settings)
        let delta = catalog.take(zip(changes.written, parsed).map { CatalogChange($0.path, $1) })
        var report = ValidationReport(
            problems: delta.problems + changes.refused, files: changes.totals.files,
            resources: catalog.resourceCount)
        report.timings = .init(load: (.now - start) / .seconds(1))
        // The command ends here: freeing a large source piece by piece would cost a tenth of reading it.
        _ = Unmanaged.passRetained(Loaded(catalog: catalog))
        return report
    }
}

/// What is left to the process's end.
private final class Loaded {
    let catalog: Catalog
    init(catalog: Catalog) { self.catalog = catalog }
}

extension IgnoreRules {
    /// Of the file's bytes, where there is one.
    fileprivate init(_ bytes: [UInt8]?) { self.init(String(decoding: bytes ?? [], as: UTF8.self)) }
}
