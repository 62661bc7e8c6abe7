import ArgumentParser
import Foundation
import Manifests
import Model

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Prints the documentation of a kind or a field.",
        discussion:
            "For example 'martlet explain Job.spec.update', or 'martlet explain Configuration.sources'.")

    @Argument(
        help: "A kind or 'Configuration', and the way to a field. Left out: what there is to explain.",
        completion: .list(roots.map(\.name)))
    var path: String?

    func run() async throws {
        try await reportingProblems {
            guard let path else {
                print(Self.contents, terminator: "")
                return
            }
            do throws(Explanation.Unknown) {
                print(try Explanation.text(path: path, roots: Self.roots), terminator: "")
            } catch {
                throw ConfigurationError(error.message, hint: error.hint)
            }
        }
    }

    static var roots: [Explanation.Root] {
        let engines = Engines.embedded
        return allKinds.map { Explanation.Root($0, engines: engines) } + [
            Explanation.Root(
                "Configuration", documentation: Configuration.documentation, fields: Configuration.fields)
        ]
    }

    private static var contents: String {
        let roots = roots
        let width = roots.map(\.name.count).max() ?? 0
        let lines = roots.map { root in
            let clause = root.documentation.split { ".:;".contains($0) }.first.map(String.init) ?? ""
            return "\(root.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(clause)"
        }
        return lines.joined(separator: "\n")
            + "\n\nhint: 'martlet explain \(roots[0].name).spec' goes on from there\n"
    }
}
