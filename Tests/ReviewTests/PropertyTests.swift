import Fixtures
import Model
import Review
import Testing

@Suite struct PropertyTests {
    @Test(arguments: 1...40) func `every line fits the width`(seed: UInt64) {
        var random = RandomReports(random: Seeded(seed))
        for report in random.all() {
            let width = random.number(72...140)
            for line in report.text(Style(width: width)).split(separator: "\n") {
                #expect(line.columnsSeen <= width, "\(type(of: report).schema) seed \(seed): \(line)")
            }
        }
    }

    @Test(arguments: 1...40) func `nothing from outside reaches a terminal as it is`(seed: UInt64) throws {
        var random = RandomReports(random: Seeded(seed))
        for report in random.all() + [Example.hostile] {
            let texts = [report.text(Style(width: 80)), report.markdown(MarkdownStyle()), try report.json()]
            for text in texts { #expect(text.unicodeScalars.allSatisfy { $0.isHarmless }) }
            let coloured = report.text(Style(colour: true, width: 80))
            let codes = coloured.split(separator: "\u{1b}", omittingEmptySubsequences: false).dropFirst()
            #expect(codes.allSatisfy { $0.hasPrefix("[") && $0.dropFirst().prefix { $0 != "m" }.count <= 4 })
        }
    }

    @Test(arguments: 1...40) func `colour adds nothing but colour`(seed: UInt64) {
        var random = RandomReports(random: Seeded(seed))
        for report in random.all() {
            let coloured = report.text(Style(colour: true, width: 90))
            let bare = coloured.split(separator: "\u{1b}", omittingEmptySubsequences: false)
            let text =
                (bare.first ?? "") + bare.dropFirst().map { $0.drop { $0 != "m" }.dropFirst() }.joined()
            #expect(text == report.text(Style(width: 90)))
        }
    }

    @Test(arguments: 1...40) func `JSON comes back as the same report`(seed: UInt64) throws {
        var random = RandomReports(random: Seeded(seed))
        for report in random.all() { try expectRoundTrip(report) }
    }
    private func expectRoundTrip<R: Report>(_ report: R) throws {
        let json = try report.json()
        let again = try R(json: json)
        let second = try again.json()
        #expect(again == report)
        #expect(second == json)
    }

    @Test(arguments: 1...60) func `a fence is closed by its own end only`(seed: UInt64) {
        var random = RandomReports(random: Seeded(seed))
        let text = random.some(1...20) { random in
            let ticks = String(repeating: "`", count: random.number(0...12))
            return random.one([ticks, ticks + "diff", "  " + ticks, "~~~", "</details>", "PAYLOAD"])
        }.joined(separator: "\n")
        var report = random.plan()
        report = PlanReport(
            source: "shop", project: "shop", commit: nil, observedAt: Example.now, madeAt: Example.now,
            resources: report.resources + [
                PlannedResource(
                    random.id(), layer: .run, engine: "e", type: "t", .update,
                    fields: [
                        FieldReport("content", DisplayValue(.lines, "a\nb"), DisplayValue(.lines, text)),
                        FieldReport("more", nil, DisplayValue(.lines, text)),
                    ])
            ])
        var fence: String?
        for line in report.markdown(MarkdownStyle(limit: .max)).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            let ticks = String(line.drop { $0 == " " }.prefix { $0 == "`" })
            if let open = fence {
                if ticks.count >= open.count && line == ticks {
                    fence = nil
                    continue
                }
                #expect(["+ ", "- ", "! ", "  "].contains { line.hasPrefix($0) }, "\(line)")
                #expect(!ticks.hasPrefix(open) || !line.hasPrefix("   `"))
            } else if line.hasPrefix("```"), ["diff", "text"].contains(line.dropFirst(ticks.count)) {
                fence = ticks
            } else {
                #expect(!line.contains("PAYLOAD"))
            }
        }
        #expect(fence == nil)
    }

    @Test(arguments: 1...5) func `Markdown stays within its limit`(seed: UInt64) {
        var random = RandomReports(random: Seeded(seed))
        let resources = random.some(400...500) { $0.planned() }.filter { !$0.isDestructive }
        let report = PlanReport(
            source: "shop", project: "shop", commit: nil, observedAt: Example.now, madeAt: Example.now,
            resources: resources)
        let text = report.markdown(MarkdownStyle(limit: 20_000))
        #expect(text.utf8.count <= 20_000)
        #expect(text.contains("no details here"))
    }
}

extension Substring {
    /// An independent count: what `wcwidth` says of the characters that the examples use.
    fileprivate var columnsSeen: Int {
        reduce(0) { $0 + ($1 == "漢" || $1 == "字" || $1 == "🚢" ? 2 : 1) }
    }
}

extension Unicode.Scalar {
    fileprivate var isHarmless: Bool {
        switch properties.generalCategory {
        case .control: self == "\n"
        case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: false
        default: true
        }
    }
}
