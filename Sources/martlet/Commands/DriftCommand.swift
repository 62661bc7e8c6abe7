import ArgumentParser

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Shows what differs because the world has changed.",
        discussion: "Ends with 2 where something does.")

    @OptionGroup var options: SourceOptions

    func run() async throws {
        try await reportingProblems {
            let output = options.output
            switch try await options.choice() {
            case .controller(let operations, let sources):
                try output.show(try await each(sources) { try await operations.drift($0) })
            case .here(let configuration, let sources):
                let session = try await LocalSession.open(configuration, sources, command: "martlet drift")
                let drifts = await session.drifts(of: try await session.preview())
                await session.end()
                try output.show(drifts)
            }
        }
    }
}
