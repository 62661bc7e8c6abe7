import Model
import Review
import Store

extension ControllerOperations {
    /// What is open at the forges, and what each request would change.
    func requests(_ repository: String?) async throws -> RequestReport {
        let configuration = controller.configuration
        let known = configuration.previewedRepositories
        if let repository, !known.contains(repository) {
            throw OperationError(
                404, "no requests of repository '\(repository.escapedForDisplay)' are previewed",
                hint: known.isEmpty
                    ? "say so with 'previews' in its 'forge'" : "there is \(known.joined(separator: ", "))")
        }
        var rows: [RequestReport.Row] = []
        for name in known where repository == nil || name == repository {
            for preview in try controller.store.previews(of: name) {
                rows.append(RequestReport.Row(preview, page: configuration.page(of: preview)))
            }
        }
        return RequestReport(rows, madeAt: Timestamp(milliseconds: currentMilliseconds()))
    }
}

extension Configuration {
    /// Repositories whose requests are previewed, by name.
    var previewedRepositories: [String] {
        repositories.filter { $0.value.forge?.previews != nil }.keys.sorted()
    }
    /// Where a request's preview is shown; nil where nobody can open it.
    func page(of preview: StoredPreview) -> String? {
        url.map { "\($0)/previews/\(preview.repository)/\(preview.request)" }
    }
}
