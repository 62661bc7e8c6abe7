import ArgumentParser
import Foundation
import Model
import Reconcile
import Repository
import Review

struct PreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Shows what a merge would do, and does nothing.",
        discussion: """
            Merges --head into --base in memory and plans it over all layers: asked of a controller about its sources, \
            or, with a folder of a working copy or --repository, found here over what this machine has.

            Ends with 2 where the merge would change something, and with 1 where it can't be merged, loaded or done.
            """)

    @Option(name: .long, help: "The branch or commit to merge into.") var base: String
    @Option(name: .long, help: "The branch or commit to merge.") var head = "HEAD"
    @OptionGroup var options: SourceOptions

    func run() async throws {
        try await reportingProblems {
            let configuration = try options.configuration.read()
            if let source = try LocalPreview.source(options.source, options.local, in: configuration) {
                return try await show(LocalPreview(configuration, [source]))
            }
            switch try await choice(configuration) {
            case .controller(let operations, _):
                let report = try await operations.preview(options.source, base: base, head: head)
                try options.output.show(report)
            case .here(let configuration, let sources): try await show(LocalPreview(configuration, sources))
            }
        }
    }

    private func show(_ preview: LocalPreview) async throws {
        try options.output.show(try await preview.reports(base: base, head: head))
    }

    /// Where nobody answers and nothing is configured, the working copy that one stands in is meant.
    private func choice(_ configuration: Configuration) async throws -> SourceChoice {
        do { return try await options.choice() } catch let error as OperationError where error.status == 503 {
            guard options.source == nil,
                let source = try LocalPreview.source(".", options.local, in: configuration)
            else { throw error }
            return .here(configuration, [source])
        }
    }
}
