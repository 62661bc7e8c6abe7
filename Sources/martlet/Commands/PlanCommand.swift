import ArgumentParser

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what apply would do, and does nothing.",
        discussion: "Ends with 2 where there is something to do.")

    @Argument(help: "A source's name, or a folder: './manifests'. Left out: all sources.") var source: String?
    @OptionGroup var local: LocalOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingProblems {
            switch try await SourceChoice.choose(source, local, configuration) {
            case .controller(let operations, let sources):
                try output.show(try await each(sources) { try await operations.plan($0) })
            case .here(let configuration, let sources):
                let session = try await LocalSession.open(configuration, sources, command: "martlet plan")
                try output.show(await session.plans(of: try await session.preview()))
            }
        }
    }
}
