import ArgumentParser

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what apply would do, and does nothing.",
        discussion: "Ends with 2 where there is something to do.")

    @OptionGroup var options: SourceOptions
    @OptionGroup var focus: FocusOptions

    func run() async throws {
        try await reportingProblems {
            let output = options.output
            switch try await options.choice() {
            case .controller(let operations, let sources):
                try focus.refuseBesideController(operations.socket)
                try output.show(try await each(sources) { try await operations.plan($0) })
            case .here(let configuration, let sources):
                let session = try await LocalSession.open(
                    configuration, sources, focus, command: "martlet plan")
                let plans = await session.plans(of: try await session.preview())
                await session.end()
                try output.show(plans)
            }
        }
    }
}
