/// How the loop behaves, for all sources.
package struct Policy: Sendable {
    /// Steps carried out at one time.
    package var width = 32
    /// The first pause after a failure, in milliseconds; it doubles with each failure in a row.
    package var firstRetry = 1000
    package var longestRetry = 300_000
    /// Failures in a row, of the kind that is tried again, after which a commit counts as failed.
    package var attemptsBeforeFailed = 3
    /// How often everything is observed again, in milliseconds, where an engine has no time of its own.
    package var sweepInterval = 60_000
    package var sweepIntervals: [String: Int] = [:]
    /// Of what is of one type, by engine and type, where it has a time of its own.
    package var typeIntervals: [String: [String: Int]] = [:]
    /// How often what is progressing is looked at again, in milliseconds, where its engine does not tell.
    package var progressInterval = 1000
    /// From 0 up to 1; a constant in tests.
    package var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    package init() {}

    /// Milliseconds until the next try: full doubling up to the cap, and up to a fifth more by chance.
    func backoff(_ attempts: Int) -> Int {
        let doublings = min(attempts - 1, 20)
        let pause = min(longestRetry, firstRetry << max(0, doublings))
        return pause + Int(Double(pause) * random() / 5)
    }
}
