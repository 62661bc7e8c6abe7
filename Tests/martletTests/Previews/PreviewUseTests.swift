import Fixtures
import Foundation
import Model
import Review
import Testing

@testable import martlet

/// `martlet preview`, as people type it.
@Suite("martlet preview", .timeLimit(.minutes(3))) struct PreviewUseTests {
    /// Everything below a folder, byte by byte.
    private func bytes(of folder: String) throws -> [String: Data?] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
        return Dictionary(paths.map { ($0, FileManager.default.contents(atPath: "\(folder)/\($0)")) }) {
            first, _ in first
        }
    }

    /// A branch beside main, pushed too.
    private func topic(_ shop: Workshop, _ text: String) async throws {
        try await shop.git("checkout", "--quiet", "-B", "topic", "main")
        try shop.folder.write(text, to: "checkout/site.yaml")
        try await shop.git("add", "--all")
        try await shop.git("commit", "--quiet", "--message", "Change the index")
        try await shop.git("push", "--quiet", "--force", "../repo.git", "topic")
        try await shop.git("checkout", "--quiet", "main")
    }

    @Test func `in a working copy, over what this machine has`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        let arguments = ["./checkout", "--project", "shop", "--base", "main"]
        #expect(try await shop.martlet(["apply", "./checkout", "--project", "shop"]).code == 0)
        try await topic(shop, shop.manifests(["index": "good day", "motd": "be kind"]))
        let site = try bytes(of: shop.site)
        let shown = try await shop.martlet(["preview"] + arguments + ["--head", "topic"])
        #expect(shown.code == 2 && shown.errors == "")
        #expect(shown.output.hasPrefix("this merge: 1 to create, 1 to change, 0 to delete\n"))
        #expect(shown.output.contains("\"hello\" → \"good day\""))
        #expect(try bytes(of: shop.site) == site)
        let same = try await shop.martlet(["preview"] + arguments + ["--head", "main"])
        #expect(same.code == 0 && same.output.hasPrefix("this merge: no changes\n"))
    }

    @Test func `of a folder inside a working copy that was applied from there`() async throws {
        let shop = try await Workshop()
        try await shop.commit([:])
        func write(_ contents: [String: String]) async throws {
            try shop.folder.write(shop.manifests(contents), to: "checkout/deploy/site.yaml")
            try await shop.git("add", "--all")
            try await shop.git("commit", "--quiet", "--message", "Write")
        }
        try await write(["index": "hello"])
        let place = ["./checkout/deploy", "--project", "shop"]
        #expect(try await shop.martlet(["apply"] + place).code == 0)
        try await shop.git("checkout", "--quiet", "-b", "topic")
        try await write(["index": "good day"])
        let shown = try await shop.martlet(["preview"] + place + ["--base", "main", "--head", "topic"])
        #expect(shown.code == 2 && shown.errors == "")
        #expect(shown.output.hasPrefix("this merge: 0 to create, 1 to change, 0 to delete\n"), "\(shown)")
    }

    @Test func `what can't be merged or loaded ends with 1, and says why`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await topic(shop, shop.manifests(["index": "good day"]).replacing("spec:", with: "spce:"))
        let arguments = ["preview", "./checkout", "--project", "shop", "--base", "main", "--head"]
        let refused = try await shop.martlet(arguments + ["topic"])
        #expect(refused.code == 1)
        #expect(refused.output.contains("site.yaml:4:1: error: unknown key 'spce'"))
        try await topic(shop, shop.manifests(["index": "good day"]))
        try await shop.commit(["index": "good night"])
        let conflict = try await shop.martlet(arguments + ["topic"])
        #expect(conflict.code == 1)
        #expect(conflict.output.hasPrefix("this merge: can't be merged: 1 conflict\n"))
        #expect(conflict.output.contains("! site.yaml  both sides changed it"))
        let gone = try await shop.martlet(arguments + ["nowhere"])
        #expect(gone.code == 1 && gone.errors.contains("no branch, tag or commit has this name"))
        let nowhere = try await shop.martlet("preview", "./site", "--base", "main")
        #expect(nowhere.code == 1 && nowhere.errors.contains("is in no git repository"))
    }

    @Test func `of a running controller, for the sources that follow the base`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello", "about": "us"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            try await topic(shop, shop.manifests(["index": "good day"]))
            let (site, before) = (try bytes(of: shop.site), try await operations.status(nil))
            let shown = try await shop.martlet(
                "preview", "--base", "main", "--head", "topic", "--format", "json")
            #expect(shown.code == 2 && shown.errors == "")
            let report = try PreviewReport(json: shown.output)
            #expect(report.controller == "shop-test" && report.branch == "main" && report.movedTo == nil)
            let source = try #require(report.sources.first)
            #expect(source.name == "shop" && source.problems == [])
            #expect(
                source.changes.map { "\($0.action.rawValue) \($0.id.name)" }.sorted() == [
                    "delete about", "update index",
                ])
            #expect(source.changes.first { $0.id.name == "index" }?.place?.line == 3)
            #expect(report.calls.observed == 0)
            #expect(try bytes(of: shop.site) == site)
            #expect(try await operations.status(nil).sources.map(\.sync) == before.sources.map(\.sync))
            let unknown = try await shop.martlet("preview", "shop", "--base", "main", "--head", "nowhere")
            #expect(unknown.code == 1 && unknown.errors.contains("no branch, tag or commit has this name"))
            let nobody = try await shop.martlet("preview", "--base", "topic", "--head", "main")
            #expect(nobody.code == 0 && nobody.output.hasPrefix("this merge: no source follows 'topic'\n"))
        }
    }

    @Test func `what was previewed is what the merge does`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello", "about": "us"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            try await topic(shop, shop.manifests(["index": "good day", "motd": "be kind"]))
            let report = try await operations.preview("shop", base: "main", head: "topic")
            try await shop.git("merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
            try await shop.git("push", "--quiet", "../repo.git", "main")
            let done = try await operations.converge()
            let shown = report.sources.flatMap(\.changes).map { "\($0.action.rawValue) \($0.id)" }
            let applied = try #require(done.report).resources.map { "\($0.action.rawValue) \($0.id)" }
            #expect(Set(shown) == Set(applied) && shown.count == 3)
        }
    }
}
