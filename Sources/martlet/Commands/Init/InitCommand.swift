import ArgumentParser
import Foundation
import Manifests
import Model
import Repository
import Server

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a first configuration for a repository.",
        discussion: """
            Makes martlet.yaml, with what it needs beside it: a deploy key and a known_hosts file for an ssh \
            repository, secrets for webhooks in and out. Nothing that exists is overwritten.
            """)

    @Option(help: "Where to fetch from: /path, https://…, ssh://… or git@host:path.")
    var repository: String

    @Option(help: "The source's name. Left out: the repository's.")
    var name: String?

    @Option(help: "The source's folder in the repository. Left out: all of it.")
    var path = ""

    @Option(help: "Branch, tag or commit.")
    var revision = "main"

    @Option(help: "The project of manifests that name none. Left out: the source's name.")
    var project: String?

    @Option(
        help: "A folder that the source may make files under; as often as needed.", completion: .directory)
    var root: [String] = []

    @Option(help: "A private key (Ed25519 or ECDSA) for ssh, instead of a new one.", completion: .file())
    var sshKey: String?

    @Option(help: "Where status is posted to, signed.")
    var webhook: String?

    @Option(
        help:
            "Who hosts the repository, where its host's name does not say: github, gitlab, gitea, and so on.")
    var forge: String?

    @Option(
        help: "Where to write. Left out: the user's configuration folder; /etc/martlet for root.",
        completion: .directory)
    var directory: String?

    func run() async throws {
        try await reportingProblems {
            let draft = try draft()
            let folder = InitFolder(absolute(directory ?? Self.standardFolder))
            try folder.checkFree(draft.fileNames)
            try await folder.write(draft)
            print(InitGuide(draft, folder: folder.path).text, terminator: "")
        }
    }

    private static var standardFolder: String {
        geteuid() == 0 ? Configuration.systemFolder : Configuration.userFolder
    }

    /// Checked as the configuration that it will be.
    private func draft() throws -> ConfigurationDraft {
        let url = try RemoteURL(repository.contains(":") ? repository : absolute(repository))
        if url.scheme != .file, repository.contains("?") {
            throw ConfigurationError(
                "the repository's URL has a query", hint: "a token belongs into a file: leave the query out")
        }
        let name = try self.name ?? Self.name(of: url)
        guard name.asName == name else {
            throw ConfigurationError(
                "'\(name.escapedForDisplay)' is no name for a source",
                hint: name.asName.map { "write '\($0)'" })
        }
        var draft = ConfigurationDraft(url: url, name: name, project: project ?? name)
        (draft.path, draft.revision, draft.webhook) = (path, revision, webhook)
        draft.forge = try forge.map(Self.provider) ?? HookProvider(host: url.host)
        (draft.roots, draft.sshKey) = (root.map(absolute), sshKey.map(absolute))
        do throws(ConfigurationError) {
            _ = try Configuration.parse(Data(draft.text.utf8), file: "/martlet.yaml")
        } catch {
            throw ConfigurationError(error.problems.map { Diagnostic(.error, $0.message, hint: $0.hint) })
        }
        return draft
    }

    private static func provider(_ name: String) throws(ConfigurationError) -> HookProvider {
        if let provider = HookProvider(rawValue: name) { return provider }
        let known = HookProvider.allCases.map(\.rawValue)
        throw ConfigurationError(
            "'\(name.escapedForDisplay)' is no provider of webhooks",
            hint: Suggestion.hint(name, among: known) ?? "there is \(known.joined(separator: ", "))")
    }

    private static func name(of url: RemoteURL) throws(ConfigurationError) -> String {
        let last = url.path.split(separator: "/").last.map(String.init) ?? ""
        guard let name = (last.hasSuffix(".git") ? String(last.dropLast(4)) : last).asName else {
            throw ConfigurationError(
                "the repository's URL gives the source no name", hint: "name it with --name")
        }
        return name
    }
}
