import Server

/// What hears of pushes, as `GET /v1/webhooks` answers.
struct WebhookList: Codable, Sendable, Equatable {
    struct Row: Codable, Sendable, Equatable {
        var name: String
        var provider: String
        var address: String
        var sources: [String]
        /// Empty for every branch and tag.
        var branches: [String]
        var rate: String
        /// What came of the last delivery; nil where none came since the start.
        var last: HookSight?
    }
    var hooks: [Row]
}
