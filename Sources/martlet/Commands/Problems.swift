import ArgumentParser
import Foundation
import HTTPClient
import Model
import ProviderPackages
import Reconcile
import Repository
import Secure
import Server
import Store

/// Runs a command's body; what it throws is printed as people read it, and ends the command with 1.
func reportingProblems(_ body: () async throws -> Void) async throws {
    do { try await body() } catch let exit as ExitCode {
        throw exit
    } catch {
        FileHandle.standardError.write(Data((plainText(error) + "\n").utf8))
        throw ExitCode(1)
    }
}

/// An error in the words of the person who has to mend it, with its hint on a line of its own.
func plainText(_ error: any Error) -> String {
    func text(_ message: String, _ hint: String?) -> String {
        "error: \(message)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
    return switch error {
    case let error as ConfigurationError: error.problems.map(\.description).joined(separator: "\n")
    case let error as StoreError: text(error.description, error.hint)
    case let error as GitError: text("\(error.operation): \(error.message)", error.hint)
    case let error as SealedError: text(error.message, error.hint)
    case let error as PreviewFailure: text(error.message, error.hint)
    case let error as OperationError: text(error.message, error.hint)
    case let error as NoController:
        text("no controller answers on \(error.socket)", "start one with 'martlet serve'")
    case let error as SecretInputError: error.diagnostic.description
    case let error as TokenProblem: text(error.message, error.hint)
    case let error as ServerError: text(error.message, error.hint)
    case let error as PackageError: text(error.message, error.hint)
    case let error as HTTPError: text(error.description, error.hint)
    case let error as ValidationError: text(error.message, nil)
    default: text(error.localizedDescription, nil)
    }
}
