import ArgumentParser
import Foundation
import Run

struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Says to a job of this machine what no manifest says.",
        subcommands: [Restart.self, Stop.self, Start.self, Retry.self])

    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Starts each of its instances again.")

        @OptionGroup var options: JobOptions

        func run() async throws { try await options.order(.restart) }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops all of its instances until it is started, whatever is committed meanwhile.")

        @OptionGroup var options: JobOptions

        func run() async throws { try await options.order(.stop) }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Starts what was stopped.")

        @OptionGroup var options: JobOptions

        func run() async throws { try await options.order(.start) }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tries a version that failed once more.")

        @OptionGroup var options: JobOptions

        func run() async throws { try await options.order(.retry) }
    }
}

struct JobOptions: ParsableArguments {
    @Argument(help: "A job: 'web', 'job/web' or 'job/PROJECT/web'.") var job: String
    @OptionGroup var options: AskingOptions

    func order(_ order: SupervisorEngine.Order) async throws {
        try await reportingProblems {
            let answer = try await options.operations().order(order, job, by: NSUserName())
            try options.output.show(answer)
        }
    }
}
