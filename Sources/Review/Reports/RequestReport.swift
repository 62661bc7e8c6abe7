package import Store

/// The pull and merge requests that are open, and what each would change: `martlet previews`.
package struct RequestReport: Report {
    package static let schema = "martlet/requests/v1"

    package var requests: [Row]
    package var madeAt: Timestamp

    package struct Approval: Codable, Sendable, Equatable {
        package var by: String
        package var at: Timestamp
        package init(by: String, at: Timestamp) { (self.by, self.at) = (by, at) }
    }
    package struct Row: Codable, Sendable, Equatable {
        /// As the configuration names it.
        package var repository: String
        package var number: Int
        package var title: String
        package var author: String
        /// Its page at the forge, and where its preview is shown.
        package var url: String?
        package var page: String?
        package var base: String
        /// The commit at its head.
        package var head: String
        package var state: StoredPreview.State
        /// One line: what a merge would change, or why that is not known.
        package var summary: String
        /// By source, the digest of what would change.
        package var plans: [String: String]
        package var previewedAt: Timestamp?
        /// Of those plans, the first one first.
        package var approvals: [Approval] = []

        package init(_ preview: StoredPreview, page: String?) {
            (repository, number) = (preview.repository, preview.request)
            (title, author, base, head) = (preview.title, preview.author, preview.base, preview.head)
            (state, summary, plans) = (preview.state, preview.summary, preview.plans)
            url = preview.url.isEmpty ? nil : preview.url
            previewedAt = preview.ended.map { Timestamp(milliseconds: $0) }
            self.page = page
        }
    }
    package init(_ requests: [Row], madeAt: Timestamp) { (self.requests, self.madeAt) = (requests, madeAt) }
    package var exitCode: ExitCode { .done }
}

extension RequestReport.Row {
    var name: String { "\(repository)#\(number)" }
    var mark: Piece {
        switch state {
        case .ready: Piece("✓ ", .green)
        case .waiting: Piece("… ", .yellow)
        case .conflict, .failed: Piece("! ", .red)
        case .fork: Piece("⏸ ", .yellow)
        }
    }
    /// `plan 7d4fa1c092be`, of each source where there are several.
    var planWords: String? {
        if plans.isEmpty { return nil }
        if plans.count == 1, let digest = plans.values.first { return "plan \(digest.prefix(12))" }
        return plans.sorted { $0.key < $1.key }.map { "plan \($1.prefix(12)) of \($0)" }.joined(
            separator: ", ")
    }
    func approvalWords(_ now: Timestamp) -> [String] {
        approvals.map { "approved by \($0.by) \($0.at.ago(now))" }
    }
}
