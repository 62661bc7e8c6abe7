import Foundation

extension Chapters {
    private static let expected: Set = [
        "commit.pending", "commit.converged", "commit.failed", "drift.found", "drift.corrected",
        "source.refused",
    ]

    func receive() async throws {
        screen.begin("What the webhook's receiver got")
        let messages = sink.messages
        for message in messages {
            let type = message.delivery.type.padding(toLength: 17, withPad: " ", startingAt: 0)
            let line = "\(type) \(message.delivery.data.summary)"
            screen.show(output: line.count > 77 ? "\(line.prefix(76))…" : line)
        }
        guard sink.refused == 0 else { throw Failure("\(sink.refused) messages had no signature that fits") }
        let missing = Self.expected.subtracting(messages.map(\.delivery.type))
        guard missing.isEmpty else {
            throw Failure("never told: \(missing.sorted().joined(separator: ", "))")
        }
        let failures = messages.count { $0.delivery.type == "commit.failed" }
        guard failures == 1 else {
            throw Failure("\(failures) commits were told as failed, and only the one of release 3 has")
        }
        screen.confirm("\(messages.count) messages, each signed, and each signature verified")
        try checkForSecrets(messages)
        screen.confirm("no secret is in a message, the log, the database or the repository: only in app.env")
    }

    /// The secrets' bytes are in one file below the demo's folder, and in no message.
    private func checkForSecrets(_ messages: [Sink.Message]) throws(Failure) {
        let secrets = [shop.secrets.password, shop.secrets.session, story.shop.secrets.password].map {
            Data($0.utf8)
        }
        func hasSecret(_ bytes: Data) -> Bool { secrets.contains { bytes.range(of: $0) != nil } }
        for message in messages where hasSecret(Data(message.body)) {
            throw Failure("a \(message.delivery.type) has a secret in it")
        }
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: place.folder)) ?? []
        for path in paths where path != "machine/shop/app.env" {
            guard let bytes = FileManager.default.contents(atPath: "\(place.folder)/\(path)") else {
                continue
            }
            if hasSecret(bytes) { throw Failure("'\(path)' has a secret in it") }
        }
    }
}
