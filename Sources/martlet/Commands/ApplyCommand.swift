import ArgumentParser
import Foundation
import Model
import Store

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Makes it so, and shows how it goes.",
        discussion: "Beside a running controller, asks it to, and waits.")

    @OptionGroup var options: SourceOptions
    @OptionGroup var focus: FocusOptions
    @Option(name: .long, help: ArgumentHelp("Agrees to the deletes that wait.", valueName: "DIGEST"))
    var confirmDeletes: String?
    @Option(
        name: .long, help: ArgumentHelp("Agrees to the plan that waits for a review.", valueName: "DIGEST"))
    var approve: String?

    private var output: OutputOptions { options.output }

    func run() async throws {
        try await reportingProblems {
            switch try await options.choice() {
            case .controller(let operations, let sources):
                try focus.refuseBesideController(operations.socket)
                let saying = try said.map { kind, digest in
                    Saying(kind: kind, subject: try only(sources), value: digest, by: NSUserName())
                }
                try await follow(sources, operations, saying: saying, nil, output)
            case .here(let configuration, let sources):
                let session = try await LocalSession.open(
                    configuration, sources, focus, command: "martlet apply")
                try await apply(session)
            }
        }
    }

    private var said: [(kind: Saying.Kind, digest: String)] {
        [(Saying.Kind.approve, approve), (.confirmDeletes, confirmDeletes)].compactMap { kind, digest in
            digest.map { (kind, $0) }
        }
    }

    /// A digest is of one source.
    private func only(_ sources: [String]) throws -> String {
        if let source = sources.first, sources.count == 1 { return source }
        throw ConfigurationError(
            "a digest is of one source, and there are \(sources.count)", hint: "name the source")
    }

    private func apply(_ session: LocalSession) async throws {
        var (approvals, confirmations): ([Decision], [Decision]) = ([], [])
        if !said.isEmpty {
            let (source, picture) = (try only(session.names), try await session.preview())
            let now = currentMilliseconds() / 1000
            if let approve {
                let digest = try picture.checkApproval(approve, of: source)
                approvals = [Decision(.approve, subject: source, value: digest, by: NSUserName(), at: now)]
            }
            if let confirmDeletes {
                try picture.checkDeletes(confirmDeletes, of: source)
                confirmations = [
                    Decision(
                        .confirmDeletes, subject: source, value: confirmDeletes, by: NSUserName(), at: now)
                ]
            }
        }
        let view = ProgressView(isSilent: output.format != .text)
        let moments = try await showing(view) {
            try await session.apply(
                approvals: approvals, confirmations: confirmations, Interruption(), show: { view.show($0) })
        }
        try show(moments, output)
    }
}
