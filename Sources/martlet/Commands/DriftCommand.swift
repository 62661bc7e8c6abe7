import ArgumentParser

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Shows what differs because the world has changed.",
        discussion: "Ends with 2 where something does.")

    @Argument(help: "A source's name, or a folder: './manifests'. Left out: all sources.") var source: String?
    @OptionGroup var local: LocalOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingProblems {
            switch try await SourceChoice.choose(source, local, configuration) {
            case .controller(let operations, let sources):
                try output.show(try await each(sources) { try await operations.drift($0) })
            case .here(let configuration, let sources):
                let session = try await LocalSession.open(configuration, sources, command: "martlet drift")
                try output.show(await session.drifts(of: try await session.preview()))
            }
        }
    }
}
