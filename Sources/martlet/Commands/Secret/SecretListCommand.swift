import ArgumentParser
import Foundation
import Model
import Review
import Secure

struct SecretListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the secrets of a store, without their values.")

    @OptionGroup var options: SecretOptions

    @Option(help: "How to answer.")
    var format = AnswerFormat.text

    func run() async throws {
        try await reportingProblems {
            let (name, store) = try options.open()
            let listing = SecretListReport(store: name, try store.list())
            switch format {
            case .text: print(listing.text, terminator: "")
            case .json: print(try listing.json(), terminator: "")
            }
            if listing.secrets.contains(where: { $0.problem != nil }) { throw ExitCode(1) }
        }
    }
}

struct SecretMetadataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metadata", abstract: "Shows the versions of a secret, without their values.")

    @OptionGroup var options: SecretOptions

    @Argument(help: "Its path, such as shop/db.")
    var path: String

    @Option(help: "How to answer.")
    var format = AnswerFormat.text

    func run() async throws {
        try await reportingProblems {
            let names = try SecretNames(path)
            let secret = ListedSecret(try options.open().store.metadata(names.path))
            switch format {
            case .text: print(secret.text, terminator: "")
            case .json: print(try SecretMetadataReport(secret: secret).json(), terminator: "")
            }
        }
    }
}
