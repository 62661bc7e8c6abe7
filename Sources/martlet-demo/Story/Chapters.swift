import Foundation

/// The part of the story in which the controller runs.
struct Chapters: Sendable {
    let story: Story
    var controller: RunningController
    /// What the machine has to look like now.
    var shop: Shop
    /// What it looked like when it was last compared.
    var files: Files
    /// What ran when the controller was killed.
    var interrupted: Set<WebInstance> = []
    /// What has drifted, and is left so.
    var left: Set<String> = []

    init(story: Story, controller: RunningController) {
        (self.story, self.controller) = (story, controller)
        shop = story.shop
        files = Files(below: story.place.machine)
    }

    var screen: Screen { story.screen }
    var shell: Shell { story.shell }
    var sink: Sink { story.sink }
    var place: Workplace { story.place }
    var catalog: Catalog { story.catalog }

    /// Looks again and again until `look` finds something; throws once the time is over or the controller has ended.
    func eventually<Found>(
        _ what: String, within limit: Duration = .seconds(20), _ look: () async throws -> Found?
    ) async throws -> Found {
        let deadline = ContinuousClock.now + limit
        while true {
            if let found = try await look() { return found }
            try controller.check()
            guard ContinuousClock.now < deadline else {
                throw Failure("waited \(limit.seconds) in vain for this: \(what)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The first message of a kind, among those from a number on, that fits.
    func message(
        _ type: String, from number: Int, _ what: String, within limit: Duration = .seconds(20),
        _ isIt: (Delivery) -> Bool
    ) async throws -> Sink.Message {
        try await eventually("a signed \(type) \(what)", within: limit) {
            sink.messages.dropFirst(number).first { $0.delivery.type == type && isIt($0.delivery) }
        }
    }

    /// Pushes what is committed, and gives the time until the controller tells that the commit has converged.
    func push() async throws -> Duration {
        let commit = try await head()
        let (number, start) = (sink.messages.count, ContinuousClock.now)
        try await shell.run("git -C shop push --quiet origin main")
        let message = try await message(
            "commit.converged", from: number, "of \(commit.prefix(7))", within: .seconds(60)
        ) { $0.data.commit == commit }
        return message.arrived - start
    }

    /// The source is in sync at what was pushed last, and just what is left so is told as drifted.
    func checkSync() async throws {
        let head = try await head()
        guard let source = try await shell.ask("status", StatusAnswer.self).sources.first,
            source.sync == "inSync",
            source.commit?.id == head
        else {
            throw Failure("'martlet status' does not say that the source is in sync at \(head.prefix(7))")
        }
        let told = Set(source.drift.map(\.planned.id))
        guard told == left else {
            throw Failure(
                "'martlet status' says that \(told.sorted()) have drifted, and not \(left.sorted())")
        }
    }

    func history(of name: String) async throws -> [HistoryAnswer.Event] {
        try await shell.ask("history infrastructure/\(name)", HistoryAnswer.self).events
    }

    func head() async throws -> String {
        try await shell.quietly("git -C shop rev-parse HEAD").output.trimmingCharacters(in: .newlines)
    }

    /// Every file is as it should be, and since the last comparison just this has happened.
    mutating func compare(_ expected: Files.Difference) throws(Failure) {
        if let path = shop.firstWrong() { throw Failure("'\(path)' is not what it should be") }
        let now = Files(below: place.machine)
        let difference = now.difference(from: files)
        guard difference == expected else {
            throw Failure("on the disk, expected was \(expected), found was \(difference)")
        }
        files = now
    }
}
