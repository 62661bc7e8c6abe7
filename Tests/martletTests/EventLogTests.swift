import Fixtures
import Foundation
import Logging
import Model
import Reconcile
import Review
import Store
import Synchronization
import Testing

@testable import martlet

@Suite struct EventLogTests {
    /// What was written, in place of standard error.
    private final class Lines: Sendable {
        private let bytes = Mutex(Data())
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
        func take(_ line: Data) { bytes.withLock { $0.append(line) } }
    }

    private static let id = ResourceID("infrastructure", "shop", "web")

    private static func happenings(_ summary: String) -> [Happening] {
        let record = SourceRecord("shop", repository: "/r", commit: "8a01b44c0ffee", summary: summary)
        let observation = Observation(.ours, .ready)
        let change = Change(.create, cause: .drift)
        let step = Step(
            intent: 1, id: id, engine: "host", type: "file", verb: .create, desired: nil, over: observation,
            payload: [], grants: Grants(projects: ["shop"]), manifest: nil)
        let problem = Diagnostic(
            .error, at: ManifestLocation(file: "web.yaml", line: 3, column: 7), "unknown key 'a'")
        let refusal = EngineError(.waitForChange, "the disk is full")
        return [
            .commit("shop", record, .pending), .commit("shop", record, .converged),
            .commit("shop", record, .failed), .commit("shop", record, .overtaken),
            .forced("shop", Revision(id: "8a01b44c0ffee")),
            .relocated("shop", from: "/srv/shop", to: "https://forge.example/shop.git"),
            .refused("shop", Revision(id: "8a01b44c0ffee"), [problem, problem]),
            .moved(from: ResourceID("job", "shop", "a"), to: ResourceID("job", "shop", "b")),
            .drifted(id, change, nil), .drifted(id, change, .warnOnly),
            .ended(step, source: "shop", change, .done), .ended(step, source: "shop", nil, .done),
            .ended(step, source: "shop", change, .failed(refusal)), .adopted(id),
            .forgotten(id, source: "shop"), .held(id, refusal, retryAt: 0), .held(id, refusal, retryAt: nil),
            .uncertain(id, refusal), .waiting(source: "shop", .deleteBudget(source: "shop")),
            .waiting(source: "shop", .review(source: "shop")),
            .resumed(id, source: "shop", reason: summary, by: nil),
            .resumed(nil, source: "shop", reason: summary, by: "ann"),
        ]
    }

    private func lines(_ summary: String, json: Bool) -> String {
        let lines = Lines()
        var settings = Configuration.LogSettings()
        settings.format = json ? .json : .text
        let log = EventLog(
            logger: Log(settings, output: lines.take, clock: { Timestamp(milliseconds: 0) }).logger)
        for happening in Self.happenings(summary) { log.log(happening) }
        return lines.text
    }

    @Test func `each happening is one line of text`() throws {
        try expectGolden(lines("Use the new image", json: false), "log.txt")
    }

    @Test func `each happening is one line of JSON`() throws {
        try expectGolden(lines("Use the new image", json: true), "log.jsonl")
    }

    @Test func `another level and format hold for every logger at once`() {
        let lines = Lines()
        let log = Log(
            Configuration.LogSettings(), output: lines.take, clock: { Timestamp(milliseconds: 0) })
        var (logger, quiet) = (log.logger, log.logger)
        quiet.logLevel = .warning
        logger[metadataKey: "a"] = "1"
        logger.debug("too much")
        log.use(Configuration.LogSettings(level: "debug", format: .json))
        logger.debug("enough")
        quiet.info("still too much")
        #expect(
            lines.text
                == #"{"a":"1","level":"debug","message":"enough","time":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test(arguments: [
        "a\nerror forged line", "\u{1b}[2J", "\u{9b}31m", "a\u{202e}b", "\" x=y", "a\u{2028}b", "",
    ])
    func `a commit's message forges no line and no terminal's order`(summary: String) {
        let text = lines(summary, json: false)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 23)
        #expect(
            !text.unicodeScalars.contains {
                $0 == "\u{1b}" || $0 == "\u{9b}" || $0 == "\u{202e}" || $0 == "\u{2028}"
            })
        let json = lines(summary, json: true)
        #expect(json.split(separator: "\n", omittingEmptySubsequences: false).count == 23)
    }
}
