import ArgumentParser
import Foundation
import Manifests
import Model
import Repository

/// A folder or a repository that is worked on in this process, without a controller.
struct LocalOptions: ParsableArguments {
    @Option(name: .long, help: "A git repository on this machine, instead of a controller's source.")
    var repository: String?

    @Option(name: .long, help: "Branch, tag or commit of --repository.")
    var revision = "HEAD"

    @Option(name: .long, help: "The folder of --repository. Left out: all of it.")
    var path = ""

    @Option(name: .long, help: "The project of manifests that name none. Left out: the folder's name.")
    var project: String?

    @Option(name: .long, help: ArgumentHelp("What ${var.KEY} gives.", valueName: "KEY=VALUE"))
    var variable: [String] = []

    @Option(name: .long, help: ArgumentHelp("A folder that it may make files under.", valueName: "DIR"))
    var root: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("An engine of the configuration that it may use.", valueName: "ENGINE"))
    var engine: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Paths of secrets that it may use: 'shop/**'.", valueName: "PATTERN"))
    var secrets: [String] = []

    @Option(name: .long, help: ArgumentHelp("A user that its jobs may run as.", valueName: "NAME"))
    var user: [String] = []

    @Flag(name: .long, help: "It may take over what exists and is not ours.")
    var allowAdopt = false

    @Flag(name: .long, help: "It is the same source as before, in another place.")
    var moved = false

    /// Nil where neither a repository nor a folder is named.
    func source(_ argument: String?, in configuration: Configuration) throws -> LocalSource? {
        let folder = argument.flatMap { $0.isFolder ? absolute($0) : nil }
        guard let place = folder ?? repository.map(absolute) else {
            if project != nil || !variable.isEmpty || !root.isEmpty || !engine.isEmpty || !secrets.isEmpty
                || !user.isEmpty || allowAdopt
                || moved || !path.isEmpty
            {
                throw ConfigurationError(
                    "a folder or a repository is needed for what a source may",
                    hint: "name one: 'martlet plan ./manifests' or '--repository .'")
            }
            return nil
        }
        let name = project ?? (path.isEmpty || folder != nil ? place : path).folderName
        var source =
            configuration.sources[name]
            ?? Configuration.Source(repository: "", project: name, grants: Grants(projects: [name]))
        (source.place, source.path) = (place.resolved, folder == nil ? path : "")
        for pair in variable {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard sides.count == 2, !sides[0].isEmpty else {
                throw ConfigurationError("'\(pair)' is no variable", hint: "write --variable name=value")
            }
            source.variables[sides[0]] = Value(plain: sides[1])
        }
        source.grants.roots += root.map(absolute)
        for name in engine where configuration.namedEngines[name] == nil {
            throw ConfigurationError(
                "no engine '\(name.escapedForDisplay)' is configured",
                hint: Suggestion.hint(name, among: configuration.namedEngines.keys))
        }
        if !engine.isEmpty {
            let embedded = configuration.namedEngines.filter(\.value.type.isEmbedded).keys
            source.grants.engines = (source.grants.engines ?? Set(embedded)).union(engine)
        }
        source.grants.secrets += secrets
        source.grants.users.formUnion(user)
        source.grants.mayAdopt = source.grants.mayAdopt || allowAdopt
        let origin: LocalSource.Origin = folder.map { .folder($0) } ?? .repository(place, revision: revision)
        return LocalSource(
            name: name, settings: source, origin: origin, users: Set(user), hasMoved: moved)
    }
}

/// A source that this process reads by itself.
struct LocalSource: Sendable {
    enum Origin: Sendable {
        case folder(String)
        /// A repository of this machine, as it is.
        case repository(String, revision: String)
        /// One of the configuration's, fetched into its mirror.
        case configured
    }
    var name: String
    var settings: Configuration.Source
    var origin: Origin
    /// Whom its jobs may run as, beside those that the configuration names for the engine.
    var users: Set<String> = []
    /// A person says that it is what was recorded from elsewhere.
    var hasMoved = false
}

extension String {
    /// A source's name has no slash: `./shop` is the folder.
    var isFolder: Bool { contains("/") || self == "." || self == ".." }

    /// Without symlinks, so that one folder has one name.
    var resolved: String {
        URL(filePath: self).resolvingSymlinksInPath().path(percentEncoded: false).withoutLastSlash
    }
    private var withoutLastSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }

    /// The last part of a path, as a project may be named.
    fileprivate var folderName: String {
        let last = split(separator: "/").last ?? "local"
        let plain = last.lowercased().unicodeScalars.map { scalar -> Character in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let trimmed = String(plain).split(separator: "-").joined(separator: "-")
        return trimmed.isEmpty ? "local" : trimmed
    }
}
