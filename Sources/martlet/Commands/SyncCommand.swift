import ArgumentParser
import Foundation
import Model
import Review

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Fetches now, looks at everything again, and tries again what is held."
    )

    @Argument(help: "Left out: all sources.") var source: String?
    @Flag(name: .long, help: "Waits until it has converged, failed, or waits for a person.") var wait = false
    @Option(name: .long, help: "How long to wait.") var timeout = "5m"
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            let operations = try options.operations()
            guard wait else { return try options.output.show(try await operations.sync(source)) }
            guard let limit = Span(timeout) else {
                throw ConfigurationError("'\(timeout)' is no duration", hint: "write 90s or 5m")
            }
            let known = try await operations.sources().sources.filter { !$0.isDropped }.map(\.name)
            try await follow(source.map { [$0] } ?? known, operations, limit, options.output)
        }
    }
}

/// Syncs each source in turn and shows how it goes, to its end.
func follow(
    _ sources: [String], _ operations: some Operations, saying: [Saying] = [], _ timeout: Span?,
    _ output: OutputOptions
) async throws {
    let moments = try await each(sources) { source in
        let interruption = Interruption()
        let view = ProgressView(isSilent: output.format != .text)
        let last = try await showing(view) {
            let moments = try await operations.sync(source, saying: saying, timeout: timeout)
            return try await interruption.following(moments, view)
        }
        guard let last, last.report != nil else {
            throw OperationError(
                499,
                interruption.hasCome ? "interrupted: the controller goes on" : "the controller has stopped",
                hint: interruption.hasCome ? "see how far it is with 'martlet status \(source)'" : nil)
        }
        return last
    }
    try show(moments, output)
}

/// The reports, or what is wrong with the commits that were refused.
func show(_ moments: [SyncMoment], _ output: OutputOptions) throws {
    let refusals = moments.compactMap(\.refusal)
    if let first = refusals.first {
        let sources = refusals.flatMap(\.sources)
        return try output.show(StatusReport(sources: sources, madeAt: first.madeAt))
    }
    try output.show(moments.compactMap(\.report))
}

extension Interruption {
    /// The last moment; nil where Ctrl-C came first.
    fileprivate func following(
        _ moments: AsyncThrowingStream<SyncMoment, any Error>, _ view: ProgressView
    ) async throws -> SyncMoment? {
        let reading = Task {
            var last: SyncMoment?
            for try await moment in moments {
                if let progress = moment.progress { view.show(progress) }
                last = moment
            }
            return last
        }
        return try await stopping(reading.cancel) { try await reading.value }
    }
}
