import Model
import Reconcile
import Review

extension ControllerOperations {
    func preview(_ source: String?, base: String, head: String) async throws -> PreviewReport {
        guard !base.isEmpty, !head.isEmpty else {
            throw OperationError(400, "'base' and 'head' name what is merged", hint: "send both")
        }
        let repositories = try repositories(of: source)
        // What was pushed a moment ago may not be fetched yet.
        for attempt in 0..<25 {
            for repository in repositories {
                do throws(PreviewFailure) {
                    let request = PreviewRequest(repository: repository, base: base, head: head)
                    let preview = try await controller.generation.preview(request)
                    return await controller.generation.report(preview, request)
                } catch {
                    guard error.kind == .missing else { throw OperationError(error) }
                    if attempt == 24, repository == repositories.last { throw OperationError(error) }
                }
            }
            if attempt == 0 { controller.generation.fetch(source) }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw OperationError(404, "no repository has both '\(base)' and '\(head)'")
    }

    private func repositories(of source: String?) throws -> [String] {
        let configuration = controller.configuration
        guard let source else { return Set(configuration.sources.values.map(\.repository)).sorted() }
        guard let settings = configuration.sources[source] else {
            throw OperationError(
                404, "no source '\(source.escapedForDisplay)' is configured",
                hint: "list them with 'martlet source list'")
        }
        return [settings.repository]
    }
}

extension OperationError {
    init(_ failure: PreviewFailure) {
        let status =
            switch failure.kind {
            case .missing: 404
            case .limit: 413
            case .cancelled: 409
            case .other: 503
            }
        self.init(status, failure.message, hint: failure.hint)
    }
}
