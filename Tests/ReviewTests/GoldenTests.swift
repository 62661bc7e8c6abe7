import Fixtures
import Review
import Testing

@Suite("What every report says") struct GoldenTests {
    @Test(arguments: Example.reports.map { $0.name })
    func `is worded as its golden files`(name: String) throws {
        let report = try #require(Example.reports.first { $0.name == name }?.report)
        try expectGolden(report.text(Style(width: 80)), "\(name).80.txt")
        try expectGolden(report.text(Style(width: 120)), "\(name).120.txt")
        try expectGolden(report.markdown(MarkdownStyle()), "\(name).md")
        try expectGolden(try report.json(), "\(name).json")
    }

    @Test(arguments: ["plan-change", "plan-takes-away", "status-not-in-sync", "drift", "apply-failed"])
    func `has colours where they are asked for`(name: String) throws {
        let report = try #require(Example.reports.first { $0.name == name }?.report)
        try expectGolden(
            report.text(Style(colour: true, width: 80)).replacing("\u{1b}", with: "␛"), "\(name).colour.txt")
    }

    @Test(arguments: Example.previews.map { $0.name })
    func `of a request is one comment, and a page`(name: String) throws {
        let report = try #require(Example.previews.first { $0.name == name }?.report as? PreviewReport)
        var style = MarkdownStyle(filesURL: "https://git.example.org/shop/infra/blob/8a01b44", limit: 65_000)
        style.reportURL = "https://martlet.example/previews/infra/7"
        let comment = report.markdown(style)
        #expect(comment.utf8.count <= style.limit)
        try expectGolden(comment, "comment-\(name).md")
        try expectGolden(
            report.html(link: "/previews/infra/7", title: "#7 Use the new image", signedIn: true).text,
            "page-\(name).html")
    }

    @Test
    func `of a request that a comment can't hold is cut between two resources, with a link to all of it`()
        throws
    {
        var style = MarkdownStyle(filesURL: "https://git.example.org/shop/infra/blob/8a01b44", limit: 65_000)
        style.reportURL = "https://martlet.example/previews/infra/7"
        let all = Example.manyPreview.markdown(style)
        #expect(all.utf8.count <= style.limit && all.utf8.count > style.limit * 9 / 10)
        style.limit = 8_000
        let comment = Example.manyPreview.markdown(style)
        #expect(comment.utf8.count <= style.limit)
        try expectGolden(comment, "comment-preview-many.md")
    }

    @Test func `has a comment with links for a forge`() throws {
        let style = MarkdownStyle(
            filesURL: "https://git.example.org/shop/infra/blob/8a01b44/manifests", isMarked: true)
        try expectGolden(Example.change.markdown(style), "comment.md")
    }

    @Test func `paths in conflict keep a comment within what a forge takes`() {
        var report = Example.previews.first { $0.name == "preview-conflicts" }?.report as? PreviewReport
        report?.conflicts = (0..<50).map {
            .init("\($0)/" + String(repeating: "a", count: 4000), "both sides changed it")
        }
        var style = MarkdownStyle(limit: 65_000)
        let comment = report?.markdown(style) ?? ""
        #expect(comment.utf8.count <= style.limit && comment.contains("- and 3"))
        style.limit = 300_000
        #expect(report?.markdown(style).contains("49/aaa") == true)
    }
}
