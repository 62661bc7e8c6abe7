import Foundation

extension Chapters {
    private static let soon = Duration.seconds(1)

    mutating func breakByHand() async throws {
        screen.begin("Files are edited and removed by hand")
        try await mend("web-config", "sed -i s/127.0.0.1/0.0.0.0/ machine/shop/web.conf", sees: "content")
        try await mend("page[de]", "rm machine/shop/site/index.de.html", sees: nil)
        try await warn()
        try compare(.init(written: ["shop/web.conf", "shop/site/index.de.html", "shop/site/notice.txt"]))
        screen.confirm("nothing else was written meanwhile")
        try await shell.show("martlet history infrastructure/web-config --limit 2")
        let events = try await history(of: "web-config")
        guard let found = events.first(where: { $0.kind == "driftFound" }), found.cause == "drift",
            found.message?.contains("content") ?? false,
            events.contains(where: { $0.kind == "driftCorrected" })
        else { throw Failure("the history does not tell what was done by hand, and mended") }
    }

    /// Breaks a file by hand; the controller finds it, says what it saw, and mends it.
    /// - Parameter field: what differs; nil where the whole file is gone.
    func mend(_ name: String, _ command: String, sees field: String?) async throws {
        let (number, start) = (sink.messages.count, ContinuousClock.now)
        try await shell.run(command)
        let (message, seen) = try await found(name, from: number)
        let duration = message.arrived - start
        guard duration < Self.soon else {
            throw Failure("the drift of \(name) was found after \(duration.seconds), not within 1 s")
        }
        if let field {
            guard let difference = seen.fields?.first(where: { $0.path == field }) else {
                throw Failure("the drift of \(name) was found, but not in its \(field)")
            }
            screen.confirm(
                "found and told \(duration.seconds) later: \(name) has drifted in its \(difference.path)")
        } else {
            guard seen.reason == "is gone" else { throw Failure("\(name) was not told as gone") }
            screen.confirm("found and told \(duration.seconds) later: \(name) is gone")
        }
        let mended = try await self.message("drift.corrected", from: number, "of \(name)") {
            $0.resource(name) != nil
        }
        try await eventually("\(name) as it was") { shop.firstWrong() == nil ? () : nil }
        screen.confirm("corrected \((mended.arrived - start).seconds) after it was broken")
    }

    /// What people may edit is told, and left.
    private mutating func warn() async throws {
        let number = sink.messages.count
        let line = "Closed on Sunday.\n"
        try await shell.run("echo 'Closed on Sunday.' >> machine/shop/site/notice.txt")
        shop.notice += line
        let (_, seen) = try await found("notice", from: number)
        guard let reason = seen.reason, reason.contains("onDrift: warn") else {
            throw Failure("the notice's drift was not told as one that is left")
        }
        screen.confirm("notice has drifted, and is \(reason)")
        try await shell.show("martlet drift", endingWith: 2)
        left = ["infrastructure/shop/notice"]
        try await checkSync()
    }

    private func found(_ name: String, from number: Int) async throws -> (Sink.Message, Delivery.Resource) {
        let message = try await message("drift.found", from: number, "of \(name)") {
            $0.resource(name) != nil
        }
        guard let resource = message.delivery.resource(name), resource.state == "drifted" else {
            throw Failure("\(name) was told, but not as drifted")
        }
        return (message, resource)
    }
}
