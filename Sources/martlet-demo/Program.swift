import ArgumentParser
import Foundation
import HTTPClient
import UnixSignals

/// `make demo`: the real program, from outside, as somebody new to it would use it.
@main
struct Program: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-demo",
        abstract: "Shows how a git push becomes files and processes; ends with 0 if all of it did.",
        subcommands: [WebCommand.self, MigrateCommand.self])

    @Flag(name: .long, help: "Leaves the controller and its jobs running, to play with.")
    var keep = false

    @Option(name: .long, help: "The example repository's files.")
    var manifests = "manifests"

    func run() async throws {
        let screen = Screen()
        do {
            try await interruptibly { try await tell(on: screen) }
        } catch is CancellationError {
            screen.say("\nstopped; nothing is left behind")
            throw ExitCode(130)
        } catch let failure as Failure {
            screen.show(failure)
            throw ExitCode(1)
        } catch {
            screen.show(Failure(error.localizedDescription))
            throw ExitCode(1)
        }
    }

    private func tell(on screen: Screen) async throws {
        let program = try Program.martlet()
        let start = ContinuousClock.now
        try await Workplace.temporary(keeping: keep) { place in
            let shell = Shell(folder: place.folder, program: program, screen: screen)
            let sink = Sink()
            let story = Story(
                screen: screen, place: place, shell: shell, sink: sink, manifests: manifests, isKept: keep,
                catalog: Catalog(port: place.catalogPort, client: try HTTPClient()))
            try await sink.run { port in try await story.tell(sinkPort: port) }
            screen.say("\nAll of it happened, in \((ContinuousClock.now - start).seconds).", .green)
            if keep { try await story.leaveRunning() }
        }
    }

    /// Ctrl-C ends the story wherever it stands; whatever it has started ends with it.
    private func interruptibly(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { throw CancellationError() }
                try await Task.sleep(for: .seconds(1_000_000))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// The folder of this program holds the other one.
    private static func martlet() throws(Failure) -> String {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let path = own.deletingLastPathComponent().appending(path: "martlet").path(percentEncoded: false)
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure("'\(path)' has not been built", hint: "run 'make demo', which builds it")
        }
        return path
    }
}
