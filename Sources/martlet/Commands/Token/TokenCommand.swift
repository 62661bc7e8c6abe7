import ArgumentParser
import Foundation
import Review
import Server
import Store

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Gives people and programs access to the port, and takes it.",
        discussion: """
            A token is shown once, when it is made; what is kept opens no door. A running controller heeds a change at \
            once; without one, its state folder is changed.
            """,
        subcommands: [Create.self, List.self, Revoke.self], defaultSubcommand: List.self)

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a token, and prints it this once.")

        @Option(name: .long, help: "What it may: viewer, operator or admin.") var role: String
        @Option(name: .long, help: "Its name, as history has it. Left out: one is made.") var name: String?
        @Option(name: .long, help: "How long it lasts: '90d', '12h' or 'never'.") var expires = "90d"
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                let wish = TokenWish(role: role, name: name, expires: expires, by: NSUserName())
                show(
                    try await options.asking { remote in
                        try await remote.createToken(wish)
                    } orAlone: { tokens in
                        try tokens.create(wish, by: NSUserName())
                    })
            }
        }

        /// The token alone on standard output, so that a script can take it.
        private func show(_ made: NewToken) {
            if options.output.format == .json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                let bytes = (try? encoder.encode(made)) ?? Data()
                return Terminal.write(String(decoding: bytes, as: UTF8.self) + "\n")
            }
            Terminal.write("\(made.secret)\n")
            let end = made.token.expiresAt.map { "expires \($0.day)" } ?? "never expires"
            let words = """
                token '\(made.token.name)' of role \(made.token.role) \(end); it is shown this once
                  hint: send it as 'Authorization: Bearer TOKEN', or sign in with it in a browser

                """
            FileHandle.standardError.write(Data(words.utf8))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which tokens there are, and when each was used.")
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try options.output.show(
                    try await options.asking { remote in
                        try await remote.tokens()
                    } orAlone: { tokens in
                        TokenReport(tokens.all)
                    })
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a token back, and signs out who signed in with it.")

        @Argument(help: "A token's name or id.") var token: String
        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                try options.output.show(
                    try await options.asking { remote in
                        try await remote.revokeToken(token)
                    } orAlone: { tokens in
                        try tokens.answer(revoking: token)
                    })
            }
        }
    }
}

extension AskingOptions {
    /// The running controller, or its state folder where none runs.
    fileprivate func asking<Value>(
        _ remote: (RemoteOperations) async throws -> Value, orAlone alone: (AccessTokens) throws -> Value
    ) async throws -> Value {
        do { return try await remote(try operations()) } catch is NoController {
            let (_, store) = try Controller.openStore(try configuration.read(), command: "martlet token")
            defer { store.close() }
            return try alone(try AccessTokens(store, now: currentMilliseconds))
        }
    }
}
