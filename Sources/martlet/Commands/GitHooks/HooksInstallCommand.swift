import ArgumentParser
import Foundation
import Model
import Repository

struct HooksInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Puts hooks into a repository, and keeps those that are there.",
        discussion: """
            A bare repository gets pre-receive and post-receive, another one pre-commit. A hook that is there already runs \
            first, as NAME.earlier. What the options say is written to git's configuration of the repository.
            """)

    @Argument(help: "The repository.", completion: .directory) var path: String
    @Option(help: "pre-receive, post-receive or pre-commit; as often as needed.") var hook: [HookScript] = []
    @Flag(name: .long, inversion: .prefixedNo, help: "Lets in what could not be checked.") var failOpen: Bool?
    @Option(help: "The controller's configuration file.", completion: .file(extensions: ["yaml"])) var config:
        String?
    @Option(help: "The configuration's source; as often as needed.") var source: [String] = []
    @Option(help: "The branch that is checked.") var branch: String?
    @Option(name: .customLong("path"), help: "The source's folder in the repository.") var directory: String?
    @Option(help: "The project of manifests that name none.") var project: String?
    @Option(name: .customLong("variable"), help: "What ${var.NAME} gives; as often as needed.")
    var variables: [Assignment] = []
    @Option(help: "The longest that a check may take.") var timeout: String?
    @Option(help: "The controller's unix socket.", completion: .file()) var socket: String?
    @Option(help: "A webhook route of provider 'generic', instead of the socket.") var url: String?
    @Option(help: "The file that holds the route's secret.", completion: .file()) var secretFile: String?
    @Option(help: "PEM file of authorities that are believed for it.", completion: .file()) var caFile:
        String?

    func run() async throws {
        try await reportingProblems {
            let repository = try await LocalRepository.open(absolute(path))
            for (name, values) in wanted where !values.isEmpty {
                try await repository.set("martlet.\(name)", to: values)
                print("martlet.\(name) is \(values.joined(separator: ", "))")
            }
            let settings = try await GitHookSettings(repository)
            let installation = try await HookInstallation(repository)
            for hook in try await hooks(of: repository) { print(try installation.install(hook)) }
            for source in settings.sources {
                let folder = source.folder.isEmpty ? "" : ", folder \(source.folder)"
                print("\(source.title): \(source.reference ?? "no branch")\(folder)")
                await makeIndex(of: source, repository)
            }
            let words = try await repository.settings("martlet.failopen").last?.lowercased() ?? ""
            let isOpen = ["true", "yes", "on", "1"].contains(words)
            print(
                isOpen
                    ? "what cannot be checked is let in (martlet.failOpen is true)"
                    : "what cannot be checked is refused ('--fail-open' would let it in)")
        }
    }

    private var wanted: [(String, [String])] {
        let open = failOpen.map { $0 ? "true" : "false" }
        let single = [
            ("failOpen", open), ("config", config.map(absolute)), ("branch", branch), ("path", directory),
            ("project", project), ("timeout", timeout), ("socket", socket.map(absolute)), ("url", url),
            ("secretFile", secretFile.map(absolute)), ("caFile", caFile.map(absolute)),
        ]
        return single.map { ($0.0, $0.1.map { [$0] } ?? []) }
            + [("source", source), ("variable", variables.map { "\($0.name)=\($0.value)" })]
    }

    private func hooks(of repository: LocalRepository) async throws -> [HookScript] {
        guard hook.isEmpty else { return HookScript.allCases.filter(hook.contains) }
        return try await repository.workFolder() == nil ? [.preReceive, .postReceive] : [.preCommit]
    }

    /// So that the first push is as quick as the others; a branch that is not there yet, or is wrong, has none.
    private func makeIndex(of source: HookSource, _ repository: LocalRepository) async {
        guard let reference = source.reference, let commit = try? await repository.resolve(reference),
            let check = try? await TreeCheck(repository, source),
            let verdict = try? await check.verdict(on: commit.id)
        else { return }
        let count = verdict.problems.count { $0.severity == .error }
        guard count > 0 else { return }
        print(
            "  hint: it has \(count) \(count == 1 ? "problem" : "problems") as it is, which the next push has to mend"
        )
    }
}

extension HookScript: ExpressibleByArgument {}
