import ChildProcess
import Fixtures
import Foundation

/// What a run of the program left behind.
struct Ran: Sendable {
    var output: String
    var errors: String
    var code: Int32?
}

/// Runs the built program with a home, a state and a configuration folder of its own.
struct Session: Sendable {
    let folder: TemporaryFolder
    var environment: [String: String]

    init() throws {
        folder = try TemporaryFolder()
        environment = [
            "HOME": folder.path, "XDG_CONFIG_HOME": "\(folder.path)/config",
            "MARTLET_STATE": "\(folder.path)/state", "PATH": "/usr/local/bin:/usr/bin:/bin",
        ]
    }

    /// The program, which is built next to the tests; `make verify` names another. Its place is without symlinks.
    static let program: String = {
        let named = ProcessInfo.processInfo.environment["MARTLET_TEST_PROGRAM"]
        let place = URL(filePath: named ?? CommandLine.arguments[0]).resolvingSymlinksInPath()
        return named == nil
            ? place.deletingLastPathComponent().appending(path: "martlet").path(percentEncoded: false)
            : place.path(percentEncoded: false)
    }()

    func command(_ arguments: [String], input: String = "") -> Command {
        Command(
            Self.program, arguments, environment: environment, in: folder.path, input: Array(input.utf8),
            limits: Command.Limits(whole: .seconds(120)))
    }

    func run(_ arguments: String..., input: String = "") async throws -> Ran {
        try await run(command(arguments, input: input))
    }

    func run(_ command: Command) async throws -> Ran {
        let ended = try await command.run { child in
            async let output = child.output.collect(atMost: 1 << 22)
            async let errors = child.errors.collect(atMost: 1 << 22)
            return await (output, errors, child.waitForExit())
        }
        let code: Int32? = if case .exited(let code)? = ended.result.2 { code } else { nil }
        return Ran(
            output: String(decoding: ended.result.0, as: UTF8.self),
            errors: String(decoding: ended.result.1, as: UTF8.self), code: code)
    }
}

extension Ran {
    /// With what differs from run to run named instead.
    func redacted(_ folder: TemporaryFolder) -> String {
        (output + errors).replacing(
            folder.path.hasSuffix("/") ? String(folder.path.dropLast()) : folder.path, with: "DIR"
        )
        .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#, with: "TIME")
        .replacing(#/ssh-ed25519 \S+/#, with: "ssh-ed25519 KEY")
    }
}
