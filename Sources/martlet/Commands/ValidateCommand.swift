import ArgumentParser
import Foundation
import Review

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Says everything that is wrong with a folder of manifests.",
        discussion: """
            Changes nothing and asks no server. Without a configuration the embedded engines are known, and what a \
            source is granted is not checked; with one, the source that reads the folder is checked as it stands.
            """)

    @Argument(help: "A folder of manifests.", completion: .directory)
    var folder: String?

    @Option(help: "A git repository instead of a plain folder.", completion: .directory)
    var repository: String?

    @Option(help: "The repository's branch, tag or commit.")
    var revision = "HEAD"

    @Option(name: .customLong("path"), help: "The source's folder in the repository.")
    var directory = ""

    @Option(help: "The controller's configuration file.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: "The configuration's source that these manifests are.")
    var source: String?

    @Option(help: "The project of manifests that name none.")
    var project: String?

    @Option(name: .customLong("variable"), help: "What ${var.NAME} gives; as often as needed.")
    var variables: [Assignment] = []

    @Option(help: "How to answer.")
    var format = AnswerFormat.text

    func run() async throws {
        try await reportingProblems {
            let place = try place()
            let validation = Validation(place, settings: try settings(of: place))
            let report = try await validation.report()
            switch format {
            case .text: print(report.text(Self.style), terminator: "")
            case .json: print(try report.json(), terminator: "")
            }
            if report.exitCode != .done { throw ExitCode(report.exitCode.rawValue) }
        }
    }

    /// An editor or CI that reads a pipe wants each problem on one line.
    private static var style: Style {
        var style = Style.ofStandardOutput
        if isatty(STDOUT_FILENO) != 1 { style.width = 10_000 }
        return style
    }

    private func place() throws(ConfigurationError) -> Validation.Place {
        switch (folder, repository) {
        case (let folder?, nil): return .folder(folder)
        case (nil, let repository?): return .repository(repository, revision: revision, folder: directory)
        default:
            throw ConfigurationError(
                "manifests are in one place: a folder, or a repository",
                hint: "say 'martlet validate PATH', or 'martlet validate --repository PATH'")
        }
    }

    private func settings(of place: Validation.Place) throws -> ValidationSettings {
        var options = ConfigurationOptions()
        options.config = config
        var settings = ValidationSettings(place, project: project)
        if let file = options.file() {
            let configuration = try Configuration.read(file)
            let fit = try place.source(
                in: configuration, named: source, project: project, isExplicit: options.isFileNamed)
            if let fit {
                settings = try ValidationSettings(fit, configuration, project: project)
            } else if options.isFileNamed {
                try settings.know(configuration)
            }
        } else if let source {
            throw ConfigurationError(
                "there is no configuration with a source '\(source)'", hint: "name its file with --config")
        }
        for variable in variables { settings.set(variable) }
        return settings
    }
}

/// How a command that has no live view answers.
enum AnswerFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

/// `NAME=VALUE`, the value read as YAML reads a plain scalar.
struct Assignment: ExpressibleByArgument {
    var name: String
    var value: String

    init?(argument: String) {
        guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex else { return nil }
        name = String(argument[..<mark])
        value = String(argument[argument.index(after: mark)...])
    }
}
