import Foundation
import Model
import Reconcile
import Repository
import Review

/// A merge in repositories of this machine, looked at by this process.
struct LocalPreview {
    let configuration: Configuration
    let sources: [LocalSource]

    init(_ configuration: Configuration, _ sources: [LocalSource]) {
        (self.configuration, self.sources) = (configuration, sources)
    }

    /// A folder of a working copy, as a source of the repository around it; nil where neither a folder nor a repository
    /// is named.
    static func source(
        _ argument: String?, _ local: LocalOptions, in configuration: Configuration
    ) throws -> LocalSource? {
        guard var source = try local.source(argument, in: configuration) else { return nil }
        guard case .folder(let given) = source.origin else { return source }
        let folder = given.resolved
        guard let root = workFolder(around: folder) else {
            throw OperationError(
                404, "'\(folder.escapedForDisplay)' is in no git repository",
                hint: "name a folder of a working copy, or '--repository'")
        }
        source.origin = .repository(root, revision: local.revision)
        (source.settings.place, source.settings.path) = (
            root, String(folder.dropFirst(root.count).drop { $0 == "/" })
        )
        return source
    }

    /// The nearest folder above, or this one, with git's own in it.
    private static func workFolder(around folder: String) -> String? {
        var folder = folder
        while !folder.isEmpty, folder != "/" {
            if FileManager.default.fileExists(atPath: "\(folder)/.git") { return folder }
            folder = (folder as NSString).deletingLastPathComponent
        }
        return nil
    }

    /// One for each repository.
    func reports(base: String, head: String) async throws -> [PreviewReport] {
        let generation = try LocalSession.begin(configuration, sources, command: "martlet preview").0
        var reports: [PreviewReport] = []
        for (place, sources) in try groups() {
            let repository = try await open(place)
            let (into, from) = (try await repository.resolve(base), try await repository.resolve(head))
            let merge = try await repository.merge(from.id, into: into.id)
            let previewed = sources.map { source in
                PreviewedSource(
                    Generation.reader(
                        source.name, source.settings, generation.configuration, generation.engines),
                    folder: source.settings.path)
            }
            let preview = try await generation.previewer(PreviewLimits()).preview(
                merge, of: previewed, over: try generation.idlePicture(), looksAtAll: true)
            reports.append(PreviewReport(preview, controller: nil, branch: base))
        }
        await generation.engines.endProviders()
        return reports
    }

    private enum Place: Hashable {
        case path(String)
        case configured(String)
    }
    private func groups() throws -> [(Place, [LocalSource])] {
        let groups = Dictionary(grouping: sources) { source -> Place in
            switch source.origin {
            case .repository(let path, _): .path(path)
            case .folder(let path): .path(path)
            case .configured: .configured(source.settings.repository)
            }
        }
        return groups.sorted { ($0.value.first?.name ?? "") < ($1.value.first?.name ?? "") }
    }

    private func open(_ place: Place) async throws -> LocalRepository {
        switch place {
        case .path(let path): return try await LocalRepository.open(path)
        case .configured(let name):
            guard let settings = configuration.repositories[name] else {
                throw ConfigurationError(
                    "no repository '\(name)' is configured", hint: "name it under 'repositories'")
            }
            let mirror = Mirror(try settings.remote(), in: configuration.mirrorFolder(of: name))
            _ = try await mirror.fetch()
            return try await mirror.open()
        }
    }
}
