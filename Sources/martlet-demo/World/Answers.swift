/// `martlet status --format json`, as far as the story needs it.
struct StatusAnswer: Decodable, Sendable {
    struct Source: Decodable, Sendable {
        var sync: String
        var commit: Commit?
        var drift: [Drift]
    }
    struct Commit: Decodable, Sendable {
        var id: String
    }
    struct Drift: Decodable, Sendable {
        struct Planned: Decodable, Sendable {
            var id: String
        }
        var planned: Planned
        var treatment: String
    }
    var sources: [Source]
}

/// `martlet history --format json`, as far as the story needs it.
struct HistoryAnswer: Decodable, Sendable {
    struct Event: Decodable, Sendable {
        var kind: String
        var cause: String?
        var message: String?
    }
    /// Newest first.
    var events: [Event]
}
