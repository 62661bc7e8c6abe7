import ArgumentParser
import Foundation
import Model
import Repository
import Review

struct HooksCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says what is wrong with what is pushed or staged; a hook runs it.",
        discussion: """
            Reads 'OLD NEW REFERENCE' lines, as git gives them to pre-receive. Ends with 1 where manifests don't load, and \
            with 75 where that can't be told. An index beside the repository makes the work follow the change.
            """)

    @Option(
        help: ArgumentHelp("A tree that 'git write-tree' made, instead of what is pushed.", valueName: "TREE")
    )
    var staged: String?

    func run() async throws {
        try await GitHook.working {
            let repository = try await GitHook.repository()
            let settings = try await GitHookSettings(repository)
            GitHook.limit(to: settings.timeout)
            var isRefused = false
            if let staged {
                guard let tree = ObjectID(staged) else {
                    throw ConfigurationError("'\(staged.escapedForDisplay)' is no tree's id")
                }
                let head = try? await repository.resolve("HEAD").id
                for source in settings.sources {
                    isRefused =
                        try await !check(source, "commit", repository) { (check) throws(GitError) in
                            try await check.verdict(on: tree, since: head)
                        } || isRefused
                }
            } else {
                for push in GitHook.pushes() {
                    guard let new = push.new else { continue }
                    for source in try settings.sources(of: push.reference) {
                        isRefused = try await !isSigned(new, source, repository) || isRefused
                        isRefused =
                            try await !check(source, "push", repository) { (check) throws(GitError) in
                                try await check.verdict(on: new)
                            } || isRefused
                    }
                }
            }
            if isRefused { throw ExitCode(1) }
        }
    }

    /// Whether the controller would believe who made it. Only the last commit of a push has to be signed.
    private func isSigned(
        _ id: ObjectID, _ source: HookSource, _ repository: LocalRepository
    ) async throws(GitError) -> Bool {
        guard let rule = source.signatures else { return true }
        let commit = try await repository.commit(id)
        guard let refusal = try await repository.refusal(of: commit, by: rule) else { return true }
        GitHook.say("martlet: source '\(source.title)' takes signed commits only: \(refusal.message)")
        if let hint = refusal.hint { GitHook.say("  hint: \(hint)") }
        return false
    }

    /// Whether it may stand.
    private func check(
        _ source: HookSource, _ what: String, _ repository: LocalRepository,
        _ judge: (TreeCheck) async throws(GitError) -> TreeCheck.Verdict
    ) async throws -> Bool {
        let verdict: TreeCheck.Verdict
        do throws(GitError) {
            verdict = try await judge(try await TreeCheck(repository, source))
        } catch {
            // Not the machine's trouble: the controller would refuse this too.
            guard [.missing, .tooLarge, .corrupt].contains(error.code) else { throw error }
            GitHook.say("martlet: \(plainText(error))")
            return false
        }
        let problems = verdict.problems
        guard !problems.isEmpty else { return true }
        let report = ValidationReport(problems: problems, files: verdict.files, resources: 0)
        FileHandle.standardError.write(Data(report.text(Style(width: 10_000)).utf8))
        guard report.exitCode != .done else { return true }
        let name = source.name.map { " of source '\($0)'" } ?? ""
        GitHook.say("martlet: the \(what) is refused: the manifests\(name) don't load")
        return false
    }
}
