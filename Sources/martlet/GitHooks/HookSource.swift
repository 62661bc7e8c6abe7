import Crypto
import Foundation
import Manifests
import Model
import Repository

/// A source as a repository's hooks know it.
struct HookSource {
    /// Nil where no configuration says it.
    var name: String?
    /// `refs/heads/main`; nil where nothing says it.
    var reference: String?
    /// Its folder in the repository; empty for the whole.
    var folder: String
    var settings: SourceSettings
    /// Whose commits it takes; nil for anybody's.
    var signatures: SignatureRule?
    /// All that decides what a manifest means, beside the manifests; for people's eyes it means nothing.
    var fingerprint: [UInt8]

    /// How it is called in messages.
    var title: String { name ?? settings.project }
}

/// What git's configuration of a repository says of its hooks.
struct GitHookSettings {
    /// Every setting, and what it says.
    static let documentation = [
        (
            "martlet.config",
            "the controller's configuration file; the sources that read this repository are checked"
        ),
        ("martlet.source", "which of its sources; as often as needed"),
        ("martlet.branch", "without a configuration: the branch that is checked, else the default one"),
        ("martlet.path", "without a configuration: the source's folder"),
        ("martlet.project", "without a configuration: the project of manifests that name none"),
        ("martlet.variable", "what ${var.NAME} gives, as NAME=VALUE; as often as needed"),
        ("martlet.failOpen", "true: what could not be checked is let in; else it is refused"),
        ("martlet.timeout", "the longest that a check may take; 30s"),
        ("martlet.socket", "the controller's unix socket, else the configuration's"),
        ("martlet.url", "a webhook route of provider 'generic', instead of the socket"),
        ("martlet.secretFile", "the file that holds the route's secret"),
        ("martlet.caFile", "PEM file of authorities that are believed for it, beside none other"),
    ]

    let timeout: Span
    let socket: String?
    let url: String?
    let secretFile: String?
    let caFile: String?
    let sources: [HookSource]

    /// Those that follow this reference.
    func sources(of reference: String) throws(ConfigurationError) -> [HookSource] {
        guard sources.allSatisfy({ $0.reference != nil }) else {
            throw ConfigurationError("HEAD names no branch", hint: "git config martlet.branch main")
        }
        return sources.filter { $0.reference == reference }
    }

    init(_ repository: LocalRepository) async throws {
        func all(_ name: String) async throws -> [String] { try await repository.settings("martlet.\(name)") }
        let limit = try await all("timeout").last ?? "30s"
        guard let span = Span(limit) else {
            throw ConfigurationError("martlet.timeout '\(limit)' is no duration", hint: "write 30s")
        }
        timeout = span
        url = try await all("url").last
        (secretFile, caFile) = (try await all("secretfile").last, try await all("cafile").last)
        let variables = try await all("variable")
        let assignments = variables.compactMap { Assignment(argument: $0) }
        guard assignments.count == variables.count else {
            throw ConfigurationError("martlet.variable is no variable", hint: "write NAME=VALUE")
        }
        let configuration = try await all("config").last.map { file throws(ConfigurationError) in
            try Configuration.read(absolute(file))
        }
        socket = try await all("socket").last ?? configuration?.socket
        var found: [HookSource] = []
        if let configuration {
            found = try await Self.sources(of: repository, configuration, named: try await all("source"))
        } else {
            found = [try await Self.source(of: repository)]
        }
        sources = found.map { source in
            var source = source
            var settings = ValidationSettings(source.settings)
            for assignment in assignments { settings.set(assignment) }
            source.settings = settings.source
            let words =
                [String(decoding: source.fingerprint, as: UTF8.self), source.folder] + variables
            source.fingerprint = Array(SHA256.hash(data: Data(words.joined(separator: "\0").utf8)))
            return source
        }
    }

    private static func source(of repository: LocalRepository) async throws -> HookSource {
        func last(_ name: String) async throws -> String? {
            try await repository.settings("martlet.\(name)").last
        }
        let folder = try await last("path") ?? ""
        let (work, database) = (try await repository.workFolder(), try await repository.databaseFolder())
        let place = Validation.Place.repository(work ?? database, revision: "", folder: folder)
        let branch = try await last("branch").map { $0.hasPrefix("refs/") ? $0 : "refs/heads/\($0)" }
        let head = try await repository.defaultBranch()
        let settings = ValidationSettings(place, project: try await last("project")).source
        return HookSource(
            name: nil, reference: branch ?? head, folder: folder, settings: settings,
            fingerprint: Array(settings.project.utf8))
    }

    /// The sources of a configuration that are named, or else those whose repository this is.
    private static func sources(
        of repository: LocalRepository, _ configuration: Configuration, named names: [String]
    ) async throws -> [HookSource] {
        let path = try await repository.databaseFolder()
        let here = configuration.sources.filter { _, source in
            let url = configuration.repositories[source.repository]?.url ?? ""
            let local = absolute(url.hasPrefix("file://") ? String(url.dropFirst(7)) : url)
            return [local, "\(local)/.git"].contains(path)
        }.keys.sorted()
        let chosen = names.isEmpty ? here : names
        guard !chosen.isEmpty else {
            throw ConfigurationError(
                "no source of '\(configuration.file ?? "")' reads '\(path)'",
                hint: "name those that are meant: git config --add martlet.source NAME")
        }
        let text = configuration.file.flatMap { FileManager.default.contents(atPath: $0) } ?? Data()
        return try chosen.map { name in
            let settings = try ValidationSettings(name, configuration, project: nil).source
            let source = configuration.sources[name]
            let revision = source?.revision ?? "main"
            return HookSource(
                name: name, reference: revision.hasPrefix("refs/") ? revision : "refs/heads/\(revision)",
                folder: source?.path ?? "", settings: settings, signatures: source?.signatures,
                fingerprint: Array("\(name) \(SHA256.hash(data: text))".utf8))
        }
    }
}
