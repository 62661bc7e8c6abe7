import ArgumentParser
import Foundation
import Model
import Repository

struct HooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Checks pushes and commits where git keeps them, before they count.",
        discussion: """
            'install' puts small programs into a repository, which run the other commands. What they check stands in \
            git's configuration of that repository, and 'git config' shows and changes it:

            \(GitHookSettings.documentation.map { "  \($0.0)  \($0.1)" }.joined(separator: "\n"))
            """,
        subcommands: [HooksInstallCommand.self, HooksCheckCommand.self, HooksAnnounceCommand.self])
}

/// The repository that git runs a hook in.
enum GitHook {
    /// With the objects of a push that is not taken yet.
    static func repository() async throws(GitError) -> LocalRepository {
        let environment = ProcessInfo.processInfo.environment
        let folder = environment["GIT_DIR"]
        return try await LocalRepository.open(
            absolute(folder ?? "."), searching: folder == nil,
            quarantines: [environment["GIT_QUARANTINE_PATH"]].compactMap(\.self))
    }

    /// What was pushed: `OLD NEW REFERENCE` on each line of the standard input; nil for what was not there, or is no more.
    static func pushes() -> [(old: ObjectID?, new: ObjectID?, reference: String)] {
        let text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 2)
            guard fields.count == 3 else { return nil }
            let ids = fields.prefix(2).map { $0.allSatisfy { $0 == "0" } ? nil : ObjectID($0) }
            return (ids[0], ids[1], String(fields[2]))
        }
    }

    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Ends the process when it has taken too long: whoever pushes does not wait for ever.
    static func limit(to time: Span) {
        let seconds = Double(time.milliseconds) / 1000
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
            say("martlet: it took more than \(time)")
            exit(unable.rawValue)
        }
    }

    /// What a hook ends with when it can't say whether anything is wrong (EX_TEMPFAIL).
    static let unable = ExitCode(75)

    /// Runs a hook's work; what keeps it from being done is said, and ends it with `unable`.
    static func working(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let exit as ExitCode {
            throw exit
        } catch {
            say("martlet: \(plainText(error))")
            throw unable
        }
    }
}
