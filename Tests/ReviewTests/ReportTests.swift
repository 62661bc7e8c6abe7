import Fixtures
import Foundation
import Model
import Store
import Testing

@testable import Review

@Suite struct ReportTests {
    @Test(arguments: [
        ("plan-nothing", ExitCode.done), ("plan-change", .changes), ("plan-refused", .error),
        ("plan-held", .changes),
        ("plan-hostile", .changes), ("drift", .changes), ("drift-none", .done), ("status-in-sync", .done),
        ("status-in-progress", .done), ("status-not-in-sync", .error), ("status-refused", .error),
        ("apply", .done),
        ("apply-nothing", .done), ("apply-failed", .error), ("apply-interrupted", .error),
        ("validation", .error),
        ("validation-none", .done), ("history", .done), ("resource-failed", .done), ("resources-none", .done),
        ("sources", .done), ("imported", .done),
    ]) func `a report decides the exit code`(name: String, code: ExitCode) throws {
        let report = try #require(Example.reports.first { $0.name == name }?.report)
        #expect(report.exitCode == code)
    }

    @Test func `a document of another schema is refused`() throws {
        let json = try Example.change.json()
        #expect(throws: DecodingError.self) { try DriftReport(json: json) }
        #expect(throws: DecodingError.self) {
            try PlanReport(json: json.replacing("martlet/plan/v1", with: "martlet/plan/v2"))
        }
        let again = try PlanReport(json: json)
        #expect(again == Example.change)
    }

    @Test func `JSON holds no character that a terminal obeys`() throws {
        let json = try Example.hostile.json()
        let again = try PlanReport(json: json)
        #expect(json.contains(#"\u202egnihton"#))
        #expect(again == Example.hostile)
    }

    @Test func `counts are of the plan's resources`() {
        #expect(Example.takesAway.counts.replace == 2)
        #expect(Example.takesAway.counts.delete == 2)
        #expect(Example.causes.counts.drifted == 3)
        #expect(Example.change.counts.create == 1)
    }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    private static let root = tests.deletingLastPathComponent().deletingLastPathComponent()
    private static func page() throws -> String {
        try String(contentsOf: root.appending(path: "docs/json.md"), encoding: .utf8)
    }

    @Test func `every document that a command prints has its place in docs/json.md`() throws {
        let (page, sources) = (
            try Self.page(), Self.root.appending(path: "Sources").path(percentEncoded: false)
        )
        var schemas: Set<String> = []
        for file in FileManager.default.subpaths(atPath: sources) ?? [] where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8)
            schemas.formUnion(text.matches(of: #/"(martlet\/[a-z]+\/v\d+)"/#).map { String($0.1) })
        }
        #expect(schemas.count > 10)
        let titles = page.split(separator: "\n").filter { $0.hasPrefix("## ") }
        for schema in schemas { #expect(titles.contains { $0.contains("`\(schema)`") }, "\(schema)") }
    }

    @Test func `every word that a document may hold is in docs/json.md`() throws {
        func words<Word: CaseIterable & RawRepresentable<String>>(_ type: Word.Type) -> [String] {
            type.allCases.map(\.rawValue)
        }
        let page = try Self.page()
        let all =
            words(HistoryLine.Kind.self) + words(ReportedState.self) + words(HeldResource.Kind.self)
            + words(ApplyReport.End.self) + words(AppliedResource.Outcome.self)
            + words(PlannedResource.Action.self) + words(DriftedResource.Treatment.self)
            + words(DisplayValue.Kind.self) + words(SourceStatus.Sync.self) + words(CommitReport.State.self)
            + words(ReviewReport.Change.Reason.self) + words(PlanApproval.Way.self)
            + words(WebhookEvent.Kind.self) + words(WebhookEvent.Resource.State.self)
        for word in all { #expect(page.contains("`\(word)`"), "\(word)") }
    }

    @Test func `every document is shown in docs/json.md as its golden file has it`() throws {
        let (tests, page) = (Self.tests, try Self.page())
        let examples = [
            "plan-change", "preview-bucket", "status-not-in-sync", "drift-warned", "resource-failed",
            "resources", "history", "apply-failed", "sources", "notifications", "imported", "requests",
            "reviews",
            "validation", "report-failed",
        ]
        for name in examples {
            let golden = try String(contentsOf: tests.appending(path: "Golden/\(name).json"), encoding: .utf8)
            #expect(page.contains("```json\n\(golden)```"), "\(name)")
        }
        let schemas = Set(Example.reports.map { type(of: $0.report).schema })
        #expect(schemas.count == examples.count)
        for schema in schemas { #expect(page.contains("## `\(schema)`")) }
    }
}

@Suite struct FieldReportTests {
    @Test func `blocks of which nothing is known are one line, and those of which something is are not`()
        throws
    {
        let id = ResourceID("infrastructure", "shop", "uploads")
        let target = Target(
            id,
            desired: .map([
                "rule": .list([.map(["days": .unknown, "to": .list([.map(["class": .unknown])])])]),
                "mode": .list([.map(["days": .unknown, "name": .string("old")])]),
            ]), recorded: nil, grants: Grants(projects: ["shop"]))
        let change = try #require(Change.byField(target, over: .absent))
        let fields = change.fields.flatMap { FieldReport.fields(of: $0) }
        #expect(fields.map(\.path).sorted() == ["mode[0].days", "mode[0].name", "rule"])
    }

    private func reports(_ before: Value, _ after: Value) -> [FieldReport] {
        let target = Target(
            Example.id("job/web"), desired: .map(["a": after]), recorded: nil,
            grants: Grants(projects: ["shop"]))
        return FieldReport.fields(of: target.field(FieldPath("a"), before, after, over: .absent))
    }

    @Test(arguments: [(Cause.commit, Cause.commit), (.engine, .engine)])
    func `what only the engine computes of a resource is told with the cause of the whole`(
        cause: Cause, told: Cause
    ) {
        let target = Target(
            ResourceID("infrastructure", "shop", "token"), desired: nil, recorded: nil,
            grants: Grants(projects: ["shop"]))
        let change = target.field(FieldPath("config").appending("result"), .null, .unknown, over: .absent)
        let resource = PlannedResource(
            target.id, layer: .provision, engine: "random", type: "random_uuid", .create, cause: cause,
            fields: FieldReport.fields(of: change, readsJSON: true))
        #expect(resource.fields.map(\.cause) == [.engine])
        #expect(resource.commonCause == told)
    }

    @Test func `a map that is made is shown by its leaves`() {
        let value = Value.map([
            "list": .list([.int(1), .string("x")]), "empty": .map([:]), "b c": .bool(true),
            "items": .list([.map(["path": .string("p")])]),
        ])
        let fields = reports(.null, value)
        #expect(fields.map(\.path) == ["a['b c']", "a.empty", "a.items[0].path", "a.list"])
        #expect(fields.map(\.after?.text) == ["true", "{}", "\"p\"", "[1, \"x\"]"])
        #expect(fields.allSatisfy { $0.before == nil && $0.cause == .commit })
    }

    @Test func `values keep what they are, and no secret's value`() {
        let handle = SecretHandle(Example.id("secret/db"), "password", version: "3")
        #expect(DisplayValue(of: .null) == nil)
        #expect(DisplayValue(of: .unknown) == DisplayValue(.unknown))
        #expect(DisplayValue(of: .hidden("fingerprint")) == DisplayValue(.hidden))
        #expect(DisplayValue(of: .secret(handle)) == DisplayValue(.secret, "3"))
        #expect(DisplayValue(of: .string("a\"b")) == DisplayValue(.plain, "\"a\\\"b\""))
        #expect(DisplayValue(of: .scalar("1.10\u{1b}")) == DisplayValue(.plain, "1.10\\u{1b}"))
        #expect(DisplayValue(of: .map(["\u{202e}": .int(1)])) == DisplayValue(.plain, "{\"\\u{202e}\": 1}"))
        #expect(
            DisplayValue(of: .text([.literal("user=app\npassword="), .secret(handle), .literal("\n\u{9b}")]))
                == DisplayValue(.lines, "user=app\npassword=(secret, version 3)\n\\u{9b}"))
    }

    @Test(arguments: [
        ("a\nb\nc\n", "a\nB\nc\n", "3 lines, 1 changed"), ("a\nb\n", "a\nb\nc\nd\n", "4 lines, 2 added"),
        ("a\nb\nc\n", "a\nB\n", "2 lines, 1 added, 2 removed"), ("a\nb\n", "b\n", "1 line, 1 removed"),
    ])
    func `history says how much of a text has changed`(before: String, after: String, words: String) {
        #expect(reports(.string(before), .string(after))[0].shownAfter == words)
    }

    @Test func `a line that becomes two is compared as lines`() {
        let field = reports(.string("one"), .string("one\r\ntwo\n"))[0]
        #expect(field.before == DisplayValue(.lines, "one"))
        #expect(field.after == DisplayValue(.lines, "one\\r\ntwo\n"))
    }
}
