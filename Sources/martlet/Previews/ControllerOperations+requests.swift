import Model
import Reconcile
import Review
import Server
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
        let approvals = try await read { picture in picture.approvals }
        for index in rows.indices {
            rows[index].approvals = approvals.filter { rows[index].plans[$0.source] == $0.digest }
                .sorted { $0.at < $1.at }
                .map { RequestReport.Approval(by: $0.by, at: Timestamp(milliseconds: $0.at)) }
        }
        return RequestReport(rows, madeAt: Timestamp(milliseconds: currentMilliseconds()))
    }
}

extension ControllerOperations {
    /// What is shown of one request on its page.
    func preview(of request: Int, in repository: String) async throws -> (
        report: PreviewReport, title: String
    ) {
        guard controller.configuration.previewedRepositories.contains(repository),
            let preview = try controller.store.preview(repository, request), !preview.body.isEmpty
        else { throw PageProblem.noPreview }
        let report = try PreviewReport(json: String(decoding: preview.body, as: UTF8.self))
        return (report, "\(repository)#\(request) \(preview.title)")
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
