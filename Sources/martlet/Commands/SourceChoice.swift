import ArgumentParser
import Foundation
import Model
import Review

/// Which sources a command is about, and who answers for them.
enum SourceChoice {
    case controller(RemoteOperations, sources: [String])
    case here(Configuration, [LocalSource])

    /// A folder or a repository is worked on here. A source is asked of the controller where one answers, and worked on
    /// here too where none does.
    static func choose(
        _ argument: String?, _ local: LocalOptions, _ options: ConfigurationOptions
    ) async throws -> SourceChoice {
        let configuration = try options.read()
        if let source = try local.source(argument, in: configuration) {
            return .here(configuration, [source])
        }
        do {
            let operations = try RemoteOperations(socket: configuration.socket)
            let known = try await operations.sources().sources.filter { !$0.isDropped }.map(\.name)
            return .controller(operations, sources: argument.map { [$0] } ?? known)
        } catch let error as NoController {
            guard !configuration.sources.isEmpty else {
                throw OperationError(
                    503, "no controller answers on \(error.socket), and no source is configured",
                    hint:
                        "name a folder, such as 'martlet plan ./manifests', or start one with 'martlet serve'"
                )
            }
            let names = argument.map { [$0] } ?? configuration.sources.keys.sorted()
            return .here(configuration, try names.map { try configured($0, in: configuration) })
        }
    }

    private static func configured(_ name: String, in configuration: Configuration) throws -> LocalSource {
        guard let source = configuration.sources[name] else {
            throw OperationError(
                404, "no source '\(name.escapedForDisplay)' is configured",
                hint: FileManager.default.fileExists(atPath: name) ? "write './\(name)' for the folder" : nil)
        }
        return LocalSource(name: name, settings: source, origin: .configured)
    }
}

/// What every command about sources takes: which, and how to answer.
struct SourceOptions: ParsableArguments {
    @Argument(help: "A source's name, or a folder: './manifests'. Left out: all sources.") var source: String?
    @OptionGroup var local: LocalOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    func choice() async throws -> SourceChoice { try await .choose(source, local, configuration) }
}

/// Asks for each source in turn.
func each<Answer>(_ sources: [String], _ ask: (String) async throws -> Answer) async throws -> [Answer] {
    var answers: [Answer] = []
    for source in sources { answers.append(try await ask(source)) }
    return answers
}
