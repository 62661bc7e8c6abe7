import Fixtures
import Foundation
import Model
import Store
import Testing

@testable import Review

@Suite("A page for a browser") struct HTMLPageTests {
    private static let hostile = [
        "\"><script>alert(1)</script>", "' onmouseover='alert(1)", "\"\u{301} onmouseover=alert(1) x=\"",
        "<\u{338}img src=x>", "\u{202e}gnissalc\u{2066}", "\u{1b}[31mred\u{9b}2J",
        "a\u{200b}b\u{feff}c\u{ad}d",
        "{{title}}{{{style}}}{{>head}}", "&lt;b&gt;", "</style><style>*{}", "</title><body>", "`${x}`",
        "\0\r\n\u{2028}",
    ].joined(separator: " ")

    /// Every text of it from outside.
    private static let report: CommitReport = {
        let text = hostile
        let id = ResourceID("infrastructure", text, text, key: text)
        var report = CommitReport(
            1, source: text, project: "shop", commit: ReportedCommit(text, text), .failed,
            startedAt: Example.ago(3),
            endedAt: Example.now, madeAt: Example.now)
        (report.controller, report.isCurrent) = (text, true)
        let field = ReportedChange.Field(text, text, text, cause: .drift)
        var change = ReportedChange(
            id, .run, .updated, cause: .both, at: Example.now, message: text, fields: [field])
        change.person = text
        report.resources = [change]
        report.drift = [
            ReportedChange(id, .run, .driftFound, at: Example.now, message: text, fields: [field])
        ]
        report.held = [
            HeldResource(id, layer: .run, .failed, text, until: .personSays, hint: text),
            HeldResource(id, layer: .run, .waiting, text, until: .othersMove, waitsFor: [id, id]),
        ]
        report.inProgress = [
            AppliedResource(id, layer: .run, type: text, .update, .inProgress, message: text)
        ]
        report.notStarted = [AppliedResource(id, layer: .run, type: text, .create, .notStarted)]
        report.deletes = HeldDeletes(pending: 2, budget: 1, digest: text, ids: [id])
        report.warnings = [Notice(text, of: id, hint: text)]
        report.problems = [
            Diagnostic(.error, at: ManifestLocation(file: text, line: 1, column: 1), text, hint: text)
        ]
        return report
    }()
    private static let front: FrontPage = {
        var source = SourceStatus(
            name: hostile, project: hostile, .notInSync, commit: ReportedCommit(hostile, hostile), layers: [])
        source.held = [
            HeldResource(
                ResourceID("job", hostile, hostile), layer: .run, .failed, hostile, until: .othersMove)
        ]
        var controller = ControllerStatus(name: hostile, version: hostile, startedAt: Example.now)
        controller.warnings = [Notice(hostile)]
        let turn = StoredReport(
            number: 1, source: hostile, commit: hostile, title: hostile, state: .failed, started: 0, ended: 0,
            first: 0, next: nil, body: [])
        var page = FrontPage(
            StatusReport(controller: controller, sources: [source], madeAt: Example.now), turns: [turn])
        var preview = StoredPreview(repository: "infra", request: 7, seen: 0)
        (preview.title, preview.author, preview.base) = (hostile, hostile, hostile)
        preview.summary = hostile
        var request = RequestReport.Row(preview, page: hostile)
        (request.approvals, request.previewedAt) = ([.init(by: hostile, at: Example.now)], Example.now)
        page.requests = [request]
        return page
    }()

    @Test(arguments: [
        ("report", report.html(signedIn: true).text), ("front", front.html(signedIn: true).text),
        ("login", Gate.login(to: hostile, complaint: hostile).text),
        ("problem", Gate.problem(hostile, hint: hostile, signedIn: true).text),
    ])
    func `no text gets out of its place`(name: String, page: String) throws {
        let scalars = page.unicodeScalars
        #expect(!scalars.contains { $0.value < 0x20 && $0 != "\n" })
        for scalar: Unicode.Scalar in [
            "\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{ad}", "\u{9b}", "\u{2028}",
        ] {
            #expect(!scalars.contains(scalar))
        }
        // What is no ASCII is nothing that a browser would obey; and combined it would hide what is.
        let plain = String(String.UnicodeScalarView(scalars.map { $0.isASCII ? $0 : "?" }))
        let parts = plain.split(separator: "<style>", maxSplits: 1)
        let style = try #require(parts.last?.split(separator: "</style>", maxSplits: 1).first)
        #expect(String(style) == StyleSheet.text.replacing("–", with: "?"))
        let rest = plain.replacing(style, with: "", maxReplacements: 1)
        let tag =
            #/
            <(?:!doctype\ html|/?(?:html|head|body|title|style|header|div|main|footer|p|h1|h2|ul|li|span|code|strong|pre
            |dl|dt|dd|del|ins|form|label|button|table|tr|th|td|time|a|meta|input)
            (?:\ (?:lang|charset|name|content|http-equiv|class|href|method|action|aria-hidden|datetime|role|type|value
            |for|id|autocomplete|spellcheck|scope)="[^"<>]*"|\ autofocus|\ required)*)>
            /#
        let text = rest.replacing(tag, with: "")
        #expect(!text.contains("<") && !text.contains(">"), "\(text.prefix(2000))")
        #expect(!text.contains("\"") && !text.contains("'"))
        #expect(plain.split(separator: "<html").count == 2)
    }

    @Test func `the policy names the style that the page has`() {
        #expect(HTMLPage.contentSecurityPolicy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(Gate.login(to: "/").text.contains("<style>\(StyleSheet.text)</style>"))
    }

    @Test func `the first page has what is out of sync first, with the last commits`() throws {
        let sources = [Example.inSync, Example.driftingSource, Example.refusedSource].enumerated().map {
            index, source in
            var source = source
            source.name = ["shop", "blog", "shop-staging"][index]
            return source
        }
        let status = StatusReport(
            controller: ControllerStatus(name: "shop-prod", version: "0.1.0", startedAt: Example.ago(9000)),
            sources: sources, madeAt: Example.now)
        let turns = [
            StoredReport(
                number: 412, source: "shop-staging", commit: Example.image.id, title: Example.image.title,
                state: .refused, started: Example.ago(31).milliseconds, ended: nil, first: 1, next: nil,
                body: []),
            StoredReport(
                number: 411, source: "shop", commit: Example.raise.id, title: Example.raise.title,
                state: .converged, started: Example.ago(242).milliseconds, ended: nil, first: 1, next: nil,
                body: []),
        ]
        try expectGolden(FrontPage(status, turns: turns).html(signedIn: true).text, "page-front.html")
    }

    @Test func `a commit that failed, and one that is on its way`() throws {
        try expectGolden(Example.failedCommit.html(signedIn: true).text, "page-failed.html")
        try expectGolden(Example.pendingCommit.html(signedIn: true).text, "page-pending.html")
    }

    @Test func `the login is one form`() throws {
        try expectGolden(Gate.login(to: "/reports/shop/8a01b44").text, "page-login.html")
    }
}
