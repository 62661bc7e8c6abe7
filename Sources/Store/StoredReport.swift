/// What is kept of one commit's turn in one source: when it began and how it ended. What happened in between is history.
package struct StoredReport: Hashable, Sendable {
    package enum State: String, Sendable, CaseIterable { case pending, converged, failed, overtaken, refused }
    /// Rising; `/reports/<number>`.
    package var number: Int
    package var source: String
    /// In hex.
    package var commit: String
    /// Safe to show.
    package var title: String
    package var state: State
    /// Milliseconds since 1970.
    package var started: Int
    /// Of `state`; nil while it is pending.
    package var ended: Int?
    /// The number of the history event that it begins with.
    package var first: Int
    /// The one that the source's next turn of the same commit begins with; nil where there is none.
    package var next: Int?
    /// What was last seen of it, as JSON; empty before anything was.
    package var body: [UInt8]

    package init(
        number: Int, source: String, commit: String, title: String, state: State, started: Int,
        ended: Int? = nil,
        first: Int, next: Int? = nil, body: [UInt8] = []
    ) {
        (self.number, self.source, self.commit, self.title) = (number, source, commit, title)
        (self.state, self.started, self.ended) = (state, started, ended)
        (self.first, self.next, self.body) = (first, next, body)
    }
}
