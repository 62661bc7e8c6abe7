import Review
import Store

extension Example {
    static let requests = RequestReport(
        [
            request(
                12, "Raise web to 4 instances", "ada", .ready, "2 to create, 1 to change; 1 already drifted"
            ) {
                $0.plans = ["shop": digest]
                $0.approvals = [RequestReport.Approval(by: "grace", at: ago(61))]
            },
            request(11, "Two environments at once", "grace", .ready, "1 to change, **1 to delete** <b>") {
                $0.plans = ["shop": digest, "shop-staging": String(digest.reversed())]
            },
            request(9, "Use the new image", "ada", .conflict, "can't be merged: 1 conflict") { _ in },
            request(8, "Rename everything \u{202e}", "eve", .failed, "can't be loaded: 3 problems") { _ in },
            request(7, "From elsewhere", "mallory", .fork, "not previewed: requests from forks are not, here")
            {
                $0.previewedAt = nil
            },
            request(6, "Only just opened", "ada", .waiting, "preview is being made") { $0.previewedAt = nil },
        ], madeAt: now)

    private static let digest = "7d4fa1c092be5a1177d4fa1c092be5a1177d4fa1c092be5a1177d4fa1c092be5"

    private static func request(
        _ number: Int, _ title: String, _ author: String, _ state: StoredPreview.State, _ summary: String,
        _ change: (inout RequestReport.Row) -> Void
    ) -> RequestReport.Row {
        var preview = StoredPreview(repository: "infra", request: number, seen: 0)
        (preview.title, preview.author, preview.base, preview.state) = (title, author, "main", state)
        (preview.url, preview.head) = ("https://git.example.org/shop/infra/pulls/\(number)", image.id)
        (preview.summary, preview.ended) = (summary, ago(180).milliseconds)
        var row = RequestReport.Row(preview, page: "https://martlet.example/previews/infra/\(number)")
        change(&row)
        return row
    }
}
