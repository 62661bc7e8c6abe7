import Foundation
import Manifests
import Model

/// What is known of the source whose manifests are checked.
struct ValidationSettings {
    private(set) var source: SourceSettings

    /// Where no configuration is known: nothing is limited, and the folder's name is the project's.
    init(_ place: Validation.Place, project: String?) {
        let project = project ?? place.name ?? "default"
        var grants = Grants(projects: [project])
        (grants.secrets, grants.roots, grants.ports) = (["**"], ["/"], [1...65_535])
        grants.mayAdopt = true
        source = SourceSettings(name: project, project: project, grants: grants)
        source.embedded = Engines.embedded
        source.isUnlimited = true
    }

    /// As a configured source is read.
    init(_ name: String, _ configuration: Configuration, project: String?) throws(ConfigurationError) {
        guard let settings = configuration.sources[name] else {
            throw ConfigurationError("no source '\(name)' is configured")
        }
        source = SourceSettings(name: name, project: project ?? settings.project, grants: settings.grants)
        (source.variables, source.defaults) = (settings.variables, configuration.defaults)
        source.engines = try Engines.descriptions(configuration)
    }

    init(_ source: SourceSettings) { self.source = source }

    /// Of a configuration that has no source: its engines, each of which may be used.
    mutating func know(_ configuration: Configuration) throws(ConfigurationError) {
        source.engines = try Engines.descriptions(configuration).map { engine in
            var unlimited = Engines.embedded.first { $0.type == engine.type } ?? engine
            unlimited.name = engine.name
            return unlimited
        }
        source.grants.engines = Set(configuration.namedEngines.keys)
        source.defaults = configuration.defaults
    }

    mutating func set(_ variable: Assignment) {
        source.variables[variable.name] = Value(plain: variable.value)
    }
}

extension Validation.Place {
    /// The last part of its path, where that can name a project.
    fileprivate var name: String? {
        let path =
            switch self {
            case .folder(let path): absolute(path)
            case .repository(let path, _, let folder): absolute(path) + "/" + folder
            }
        let part = path.split(separator: "/").last.map { $0.hasSuffix(".git") ? $0.dropLast(4) : $0 }
        return part.flatMap { String($0).asName }
    }

    /// The source that reads this place: the one that is named, else the one of that project, else the one whose
    /// repository is here. A configuration that was asked for fits by its only source too; another need not fit.
    func source(
        in configuration: Configuration, named name: String?, project: String?, isExplicit: Bool
    ) throws(ConfigurationError) -> String? {
        let sources = configuration.sources
        if let name {
            guard sources[name] == nil else { return name }
            throw ConfigurationError(
                "no source '\(name.escapedForDisplay)' is configured",
                hint: Suggestion.hint(name, among: sources.keys) ?? Self.list(sources.keys))
        }
        let here = sources.filter { reads($0.value, configuration) }
        for found in [here.filter { $0.value.project == (project ?? $0.value.project) }, here]
        where found.count == 1 { return found.keys.first }
        let declaring = project.map { project in
            sources.filter { $0.value.grants.projects.contains(project) }.keys.sorted()
        }
        if let only = declaring?.first { return only }
        guard isExplicit, !sources.isEmpty else { return nil }
        if sources.count == 1 { return sources.keys.first }
        throw ConfigurationError(
            "several sources of the configuration may be meant",
            hint: "name one with --source: \(sources.keys.sorted().joined(separator: ", "))")
    }

    private static func list(_ names: some Sequence<String>) -> String? {
        let all = names.sorted()
        return all.isEmpty ? nil : "there are: \(all.joined(separator: ", "))"
    }

    /// Only where the repository is on this machine can that be told.
    private func reads(_ source: Configuration.Source, _ configuration: Configuration) -> Bool {
        guard let url = configuration.repositories[source.repository]?.url else { return false }
        let path = url.hasPrefix("file://") ? String(url.dropFirst(7)) : url
        guard path.hasPrefix("/") else { return false }
        let root = absolute(path)
        switch self {
        case .folder(let folder):
            return absolute(source.path.isEmpty ? root : "\(root)/\(source.path)") == absolute(folder)
        case .repository(let repository, _, let folder):
            return root == absolute(repository) && source.path == folder
        }
    }
}
