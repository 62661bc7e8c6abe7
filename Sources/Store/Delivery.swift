/// A webhook that was received and verified, as it is kept before it is answered.
package struct Delivery: Sendable, Hashable {
    /// The receiver's name in the configuration: ids of one say nothing of another's.
    package var route: String
    /// As its sender names it; several where several events came at once, none where the sender has no name for it.
    package var ids: [String]
    /// The sources that it is about.
    package var sources: [String]
    /// Whether their repositories are to be fetched: false for what was only seen.
    package var asks: Bool
    /// The number of a pull or merge request that is to be looked at. It is not kept: a start looks at all that are open.
    package var request: Int?
    /// Milliseconds since 1970.
    package var receivedAt: Int

    package init(route: String, ids: [String], sources: [String], asks: Bool, receivedAt: Int) {
        (self.route, self.ids, self.sources) = (route, ids, sources)
        (self.asks, self.receivedAt) = (asks, receivedAt)
    }
}

/// Where a source stands with its webhooks. Times are milliseconds since 1970.
package struct Hearing: Sendable, Hashable {
    package var seenAt: Int
    /// When the newest delivery came that no fetch has followed yet.
    package var owedSince: Int?
    package init(seenAt: Int, owedSince: Int? = nil) { (self.seenAt, self.owedSince) = (seenAt, owedSince) }
}
