import Foundation

/// Something did not happen in time.
struct Overdue: Error, CustomStringConvertible {
    var description: String
}

/// Looks again and again until it is so, and throws when that takes too long.
func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(60),
    every pause: Duration = .milliseconds(10), _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw Overdue(description: "not in time: \(what())") }
        try await Task.sleep(for: pause)
    }
}
