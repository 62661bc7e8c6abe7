import ArgumentParser
import Foundation
import Model
import Review
import Server

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Says where a service answers: one address:port a line.",
        discussion: "Only endpoints that are healthy. Without one, it says why and ends with 1.")

    @Argument(help: "A service's name, or PROJECT/NAME where several projects have it.") var name: String
    @Flag(name: .long, help: "Also what is not healthy, with names and reasons.") var all = false
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems {
            let service = try service(try await options.operations().catalog())
            switch options.output.format {
            case .json: Terminal.write(try json(service))
            case .text where all: Terminal.write(service.table)
            case .text: Terminal.write(service.healthy.map { $0.place + "\n" }.joined())
            case .markdown: Terminal.write(service.healthy.map { "- `\($0.place)`\n" }.joined())
            }
            guard service.healthy.isEmpty else { return }
            throw OperationError(503, service.trouble, hint: "martlet get \(service.id)")
        }
    }

    private func json(_ service: CatalogService) throws -> String {
        var shown = service
        if !all { shown.endpoints = service.healthy }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(shown), as: UTF8.self) + "\n"
    }

    private func service(_ list: CatalogList) throws -> CatalogService {
        let found = list.services.filter { $0.name == name || "\($0.project)/\($0.name)" == name }
        if found.count == 1 { return found[0] }
        let names = found.map { "\($0.project)/\($0.name)" }.joined(separator: ", ")
        guard found.isEmpty else {
            throw OperationError(
                409, "several services are called '\(name.escapedForDisplay)'", hint: "say which: \(names)")
        }
        throw OperationError(
            404, "no service '\(name.escapedForDisplay)' is registered",
            hint: "list them with 'martlet get service'")
    }
}

extension CatalogService {
    fileprivate var healthy: [Endpoint] { endpoints.filter { $0.health == "healthy" } }

    fileprivate var table: String {
        let rows = endpoints.map { endpoint -> [String] in
            let reason = endpoint.reason.map { ": \($0.escapedForDisplay)" } ?? ""
            return [endpoint.place, endpoint.name ?? "-", endpoint.health + reason]
        }
        return rows.aligned.map { $0 + "\n" }.joined()
    }

    fileprivate var trouble: String {
        guard let first = endpoints.first else { return "\(id) has no endpoint" }
        let count =
            endpoints.count == 1 ? "its endpoint is not" : "none of its \(endpoints.count) endpoints is"
        return "\(id): \(count) healthy: \(first.place): \(first.reason ?? first.health)"
    }
}
