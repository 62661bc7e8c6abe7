import Fixtures
import Foundation
import Glibc
import Model
import Store
import Testing

/// `SIGKILL` at any moment loses nothing, makes nothing twice, and leaves nothing behind.
struct KilledControllerTests {
    static let kills = 20

    @Test(arguments: Seeded.seeds(2, oneFor: 10)) func `a killed controller goes on where it was`(
        seed: UInt64
    )
        async throws
    {
        let site = try await Site()
        var estate = try await Estate(site, seed: seed)
        var random = Seeded(seed &+ 1_000_000)
        var story: [String] = []
        for kill in 0..<Self.kills {
            let moment = Moment(using: &random)
            let event: String
            if kill == 0 {
                event = "the first start"
                try await site.serveUntilKilled { try await moment.crash($0, site) }
            } else {
                let (before, waits) = (estate, Bool.random(using: &random))
                (estate, event) = try await site.serveUntilKilled { run in
                    var estate = before
                    if waits { try await site.waitUntilReady() }
                    let event = try await estate.happen()
                    try await moment.crash(run, site)
                    return (estate, event)
                }
            }
            // Not each time: looking into the database mends its journal, which the controller is to do itself.
            let isCut = kill % 3 == 0 && FileManager.default.fileExists(atPath: site.database)
            let cut = isCut ? try site.ledger().unanswered.count : 0
            story.append("\(kill): \(event), killed \(moment)\(cut > 0 ? ", \(cut) steps cut off" : "")")
        }
        try await estate.end()
        try await Self.check(site, estate, story)
    }

    private static func check(_ site: Site, _ estate: Estate, _ story: [String]) async throws {
        @Sendable func told(_ lines: [String]) -> Comment {
            Comment(rawValue: (lines + story).joined(separator: "\n"))
        }
        try await site.serve { run in
            try await eventually("the folders of the last commit") {
                FileManager.default.fileExists(atPath: "\(site.root)/d0")
            }
            try estate.plantStrangers()
            let deadline = ContinuousClock.now + .seconds(60)
            var left = ["not looked at"]
            while !left.isEmpty, ContinuousClock.now < deadline {
                left = differences(under: site.root, from: estate.expected)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(left.isEmpty, told(left + [run.log]))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let ledger = try site.ledger()
        #expect(ledger.unanswered.isEmpty, told([]))
        #expect(Set(ledger.records.keys.map(\.description)) == estate.manifestIDs, told([]))
        try await site.serve { run in
            try await site.waitUntilReady()
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let after = try site.ledger()
        #expect(after.nextIntent == ledger.nextIntent, told(["a start over what stands takes no step"]))
        #expect(after.records == ledger.records)
        try checkHistory(site, estate, story)
        #expect(differences(under: site.root, from: estate.expected) == [])
    }

    /// What was neither moved nor deleted by hand was created once.
    private static func checkHistory(_ site: Site, _ estate: Estate, _ story: [String]) throws {
        var created: [String: Int] = [:]
        var told: [String: [String]] = [:]
        try site.withStore { store in
            var before: Int?
            while true {
                let page = try store.history(limit: 1000, before: before)
                for event in page {
                    let name = event.resource?.name ?? ""
                    if event.kind == .created { created[name, default: 0] += 1 }
                    told[name, default: []].append("  \(event.number) \(event.kind): \(event.message)")
                }
                guard let last = page.last else { break }
                before = last.number
            }
        }
        for (name, thing) in estate.things where !estate.remade.contains(name) {
            let (here, before) = (
                created[name, default: 0], thing.movedFrom.map { created[$0, default: 0] } ?? 0
            )
            #expect(
                here + before <= 1 && (thing.movedFrom != nil || here == 1),
                Comment(
                    rawValue: ([name] + (told[name] ?? []) + (thing.movedFrom.flatMap { told[$0] } ?? [])
                        + story)
                        .joined(separator: "\n")))
        }
    }
}
