import Model
import Review

/// Reports of every kind, with hostile texts in them; the same for the same seed.
struct RandomReports {
    var random: any RandomNumberGenerator

    private static let fragments = [
        "web", "job", "\u{1b}[31m", "\u{202e}", "\u{9b}", "```", "`````", "@all", "#12", "<b>", "漢字", "é",
        "🚢",
        "\t", "\"", "\\", "|", "a=1", "$x$", "-->", "https://x", "\u{200b}",
    ]

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func flag() -> Bool { Bool.random(using: &random) }
    mutating func one<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }
    mutating func some<T>(_ range: ClosedRange<Int>, _ make: (inout RandomReports) -> T) -> [T] {
        (0..<number(range)).map { _ in make(&self) }
    }

    /// No word is wider than about 20 columns.
    mutating func text(_ words: ClosedRange<Int> = 1...30) -> String {
        some(words) { $0.one(Self.fragments) + $0.one(["", "a", "\n"]) }.joined(separator: " ")
    }
    mutating func id() -> ResourceID {
        ResourceID(one(["job", "secret", "service"]), one(["shop", "other"]), "name-\(number(0...99))")
    }
    mutating func value() -> DisplayValue? {
        switch number(0...5) {
        case 0: nil
        case 1: DisplayValue(.unknown)
        case 2: DisplayValue(.secret, String(number(1...9)))
        case 3: DisplayValue(.hidden)
        case 4: DisplayValue(.lines, some(0...30) { $0.text(0...8) }.joined(separator: "\n"))
        default: DisplayValue(.plain, text(1...60))
        }
    }
    mutating func field() -> FieldReport {
        FieldReport(
            "task.f\(number(0...999))", value(), value(), cause: one(Cause.allCases), replaces: flag())
    }
    mutating func planned() -> PlannedResource {
        var resource = PlannedResource(
            id(), layer: one(Layer.allCases), engine: text(1...2), type: text(1...3),
            one(PlannedResource.Action.allCases), cause: one(Cause.allCases),
            fields: some(0...5) { $0.field() },
            note: flag() ? text() : nil,
            place: flag() ? ManifestLocation(file: "run/web.yaml", line: 7, column: 1) : nil)
        resource.createsFirst = flag()
        resource.names = some(0...2) {
            NamedValue("name\($0.number(0...9))", $0.value() ?? DisplayValue(.hidden))
        }
        return resource
    }
    mutating func held() -> HeldResource {
        HeldResource(
            id(), layer: one(Layer.allCases),
            one([.waiting, .failed, .suspended, .uncertain, .unconfirmed, .unobserved]), text(),
            until: one([.othersMove, .manifestChanges, .personSays, .time(Example.ago(number(-9999...9999)))]
            ),
            waitsFor: some(0...6) { $0.id() }, hint: flag() ? text(1...12) : nil)
    }
    mutating func diagnostic() -> Diagnostic {
        Diagnostic(
            flag() ? .error : .warning,
            at: flag() ? ManifestLocation(file: "a.yaml", line: number(1...99), column: 3) : nil, text(),
            hint: flag() ? text(1...12) : nil)
    }
    mutating func commit() -> ReportedCommit { ReportedCommit(Example.image.id, text(1...12)) }

    mutating func plan() -> PlanReport {
        var plan = PlanReport(
            source: "shop", project: "shop", commit: flag() ? commit() : nil,
            observedAt: Example.ago(number(0...9)),
            madeAt: Example.now, resources: some(0...6) { $0.planned() })
        plan.controller = flag() ? "prod" : nil
        plan.held = some(0...4) { $0.held() }
        plan.movedSecrets = some(0...2) { MovedSecret($0.id(), from: "1", to: $0.text(1...2)) }
        plan.warnings = some(0...2) { Notice($0.text(), of: $0.flag() ? $0.id() : nil, hint: $0.text(1...9)) }
        plan.problems = some(0...3) { $0.diagnostic() }
        plan.digest = flag() ? "7d4fa1c092be" : nil
        plan.deletes =
            flag() ? HeldDeletes(pending: 9, budget: 5, digest: "91ab", ids: some(0...9) { $0.id() }) : nil
        return plan
    }
    mutating func status() -> StatusReport {
        let sources = some(0...3) { random in
            var source = SourceStatus(
                name: "shop", project: "shop", random.one([.inSync, .inProgress, .notInSync]),
                commit: random.flag() ? random.commit() : nil,
                layers: random.some(0...4) {
                    LayerStatus(.run, ready: $0.number(0...99), failed: $0.number(0...2))
                })
            source.held = random.some(0...4) { $0.held() }
            source.drift = random.some(0...3) { $0.drifted() }
            source.warnings = random.some(0...2) { Notice($0.text()) }
            source.since = random.flag() ? Example.ago(random.number(0...999_999)) : nil
            if random.flag() {
                source.refused = RefusedCommit(
                    random.commit(), at: Example.ago(9), problems: random.some(1...3) { $0.diagnostic() })
            }
            source.fetch.problem = random.flag() ? Notice(random.text(), hint: random.text(1...9)) : nil
            return source
        }
        return StatusReport(sources: sources, madeAt: Example.now)
    }
    mutating func drifted() -> DriftedResource {
        DriftedResource(
            planned(), one(DriftedResource.Treatment.allCases),
            foundAt: flag() ? Example.ago(number(0...9999)) : nil,
            suspension: flag() ? .init(reason: text(1...9), until: flag() ? Example.ago(-60) : nil) : nil)
    }
    mutating func drift() -> DriftReport {
        var report = DriftReport(
            source: "shop", project: "shop", commit: commit(), observedAt: Example.ago(3),
            madeAt: Example.now,
            resources: some(0...5) { $0.drifted() })
        report.held = some(0...2) { $0.held() }
        return report
    }
    mutating func applied(_ outcomes: [AppliedResource.Outcome]) -> AppliedResource {
        AppliedResource(
            id(), layer: one(Layer.allCases), type: text(1...3), one(PlannedResource.Action.allCases),
            one(outcomes),
            cause: one(Cause.allCases),
            elapsed: flag() ? Elapsed(milliseconds: number(0...999_999_999)) : nil,
            message: flag() ? text() : nil, hint: flag() ? text(1...9) : nil)
    }
    mutating func apply() -> ApplyReport {
        var report = ApplyReport(
            source: "shop", project: "shop", commit: commit(),
            one([.converged, .failed, .waiting, .interrupted, .timedOut, .overtaken]),
            elapsed: Elapsed(milliseconds: number(0...9999)),
            resources: some(0...5) { $0.applied([.done, .failed, .partly, .uncertain]) }, madeAt: Example.now)
        report.inProgress = some(0...2) { $0.applied([.inProgress]) }
        report.notStarted = some(0...2) { $0.applied([.notStarted]) }
        report.held = some(0...2) { $0.held() }
        return report
    }
    mutating func history() -> HistoryReport {
        HistoryReport(
            project: "shop",
            events: some(0...6) {
                HistoryLine(
                    at: Example.ago($0.number(0...99_999)), $0.one(HistoryLine.Kind.allCases),
                    source: "shop",
                    commit: $0.flag() ? $0.commit() : nil, id: $0.flag() ? $0.id() : nil, message: $0.text())
            }, older: number(0...1), madeAt: Example.now)
    }
    mutating func resource() -> ResourceReport {
        var report = ResourceReport(
            id(), source: "shop", project: "shop", layer: .run, engine: text(1...2), type: text(1...2),
            state: one(ReportedState.allCases), madeAt: Example.now)
        report.message = text()
        report.held = flag() ? held() : nil
        report.fields = some(0...5) {
            NamedValue("f\($0.number(0...9))", $0.value() ?? DisplayValue(.unknown))
        }
        report.differences = some(0...3) { $0.field() }
        report.history = history().events
        return report
    }
    mutating func all() -> [any Report] {
        [plan(), status(), drift(), apply(), history(), resource()]
    }
}
