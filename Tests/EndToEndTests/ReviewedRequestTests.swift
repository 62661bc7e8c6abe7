import Fakes
import Fixtures
import Foundation
import Testing

/// What requests were shown to change, merged at a forge and applied by the real program, or not.
@Suite(.timeLimit(.minutes(5))) struct ReviewedRequestTests {
    /// Of all that waits in all sources.
    private static func release(_ site: Site) async throws {
        let reviews = try await martlet(["reviews", "--format", "json", "--config", site.configuration])
        for found in reviews.output.matches(of: #/"digest" : "([0-9a-f]{64})"/#) {
            _ = try await martlet(["approve", String(found.1), "--config", site.configuration])
        }
    }

    @Test(arguments: ["merge", "squash", "rebase"])
    func `two requests for one file that are merged at once are applied, and what was not shown waits`(
        how: String
    ) async throws {
        let fake = ForgeFake(.gitlab)
        try await withFakeServer(fake.answer) { url in
            let previewed = try await PreviewedSite(
                fake, at: url, interval: "1s", source: ", requireReviewedPlan: merged")
            let site = previewed.site
            @Sendable func write(_ contents: [String: String]) throws {
                let manifests = ["a", "b", "c"].map { name in
                    hostManifest(
                        name, "file", path: "${var.root}/\(name)", "content: \"\(contents[name] ?? "one")\"")
                }
                try site.git.write(manifests.joined(separator: "\n---\n"), to: "m/all.yaml")
            }
            try write([:])
            try await site.git.commit()
            try await site.serve { run in
                try await eventually("its waiting\n\(run.log)") {
                    fake.statuses.contains { $0.description.hasSuffix("wait for a review") }
                }
                try await Self.release(site)
                try await site.waitUntilReady()
                var heads: [String] = []
                for (number, name) in [(7, "a"), (8, "c")] {
                    heads.append(try await previewed.propose(number) { try write([name: "two"]) })
                    fake.open(ForgeFake.Request(number, head: heads[heads.count - 1]))
                }
                try await eventually("both comments\n\(run.log)") {
                    previewed.comment(7) != nil && previewed.comment(8) != nil
                }
                try await previewed.merge(heads, how)
                for number in [7, 8] {
                    fake.change(number) { $0.state = "merged" }
                    try await previewed.deliver("merge", run, of: number)
                }
                try await eventually("the merges\n\(run.log)") {
                    ["a", "c"].allSatisfy { WorldFile("\(site.root)/\($0)") == .file("two", mode: 0o644) }
                }
                try write(["a": "two", "b": "unseen", "c": "two"])
                try await site.git.commit("Pushed past everybody")
                try await eventually("its waiting\n\(run.log)") {
                    fake.statuses.last?.description == "1 change waits for a review"
                }
                #expect(WorldFile("\(site.root)/b") == .file("one", mode: 0o644))
            }
        }
    }

    @Test func `what was approved in a comment is applied once it is merged, and nothing else is`()
        async throws
    {
        let fake = ForgeFake(.github)
        try await withFakeServer(fake.answer) { url in
            let previewed = try await PreviewedSite(
                fake, at: url, interval: "1s", source: ", requireReviewedPlan: approved")
            let site = previewed.site
            try site.git.write("nothing yet", to: "m/README.md")
            try await site.git.commit()
            try await site.serve { run in
                try await site.waitUntilReady()
                let head = try await previewed.propose { try previewed.write("b", "new") }
                fake.open(ForgeFake.Request(7, head: head))
                try await previewed.deliver("opened", run)
                try await eventually("the comment\n\(run.log)") { previewed.comment() != nil }
                try await Task.sleep(for: .milliseconds(1100))
                for (name, reaction) in [("ada", "-1"), ("eve", "-1"), ("grace", "+1")] {
                    let word = fake.write("/martlet approve", on: 7, by: name)
                    try await previewed.deliver("commented", run)
                    try await eventually("the answer to \(name)\n\(run.log)") {
                        fake.reactions.contains(.init(comment: word, name: reaction))
                    }
                    try await Task.sleep(for: .milliseconds(1100))
                }
                try await eventually("who approved\n\(previewed.comment() ?? "")") {
                    previewed.comment()?.contains("`grace` approved plan") == true
                }
                let list = try await martlet(["previews", "--config", site.configuration])
                #expect(list.output.contains("approved by grace"), "\(list)")
                #expect(!FileManager.default.fileExists(atPath: "\(site.root)/b"))
                try await site.git("merge", "--quiet", "--no-ff", "-m", "Merge 7", head)
                fake.change(7) { $0.state = "merged" }
                try await previewed.deliver("closed", run)
                try await eventually("the merge\n\(run.log)") {
                    WorldFile("\(site.root)/b") == .file("new", mode: 0o644)
                }
                try previewed.write("c", "unseen")
                try await site.git.commit("Pushed past everybody")
                try await eventually("its waiting\n\(run.log)") {
                    fake.statuses.last?.description == "1 change waits for a review"
                }
                #expect(!FileManager.default.fileExists(atPath: "\(site.root)/c"))
            }
        }
    }

    @Test(arguments: ["merge", "squash"])
    func `what follows in another source of the repository is approved with what it follows`(
        how: String
    ) async throws {
        let fake = ForgeFake(.github)
        try await withFakeServer(fake.answer) { url in
            let previewed = try await PreviewedSite(
                fake, at: url, interval: "1s", source: ", requireReviewedPlan: approved", follower: true)
            let site = previewed.site
            try previewed.write("a", "one")
            let content = "content: \"${project('shop').infrastructure.a.sha256}\""
            try site.git.write(
                hostManifest("b", "file", path: "${var.root}/b", content), to: "n/b.yaml")
            try await site.git.commit()
            try await site.serve { run in
                try await eventually("its waiting\n\(run.log)") {
                    fake.statuses.count { $0.description.hasSuffix("waits for a review") } == 2
                }
                try await eventually("the files\n\(run.log)") {
                    try await Self.release(site)
                    return WorldFile("\(site.root)/b") != nil
                }
                let head = try await previewed.propose { try previewed.write("a", "two") }
                fake.open(ForgeFake.Request(7, head: head))
                try await previewed.deliver("opened", run)
                try await eventually("the comment\n\(run.log)") {
                    previewed.comment()?.contains("2 to change") == true
                }
                try await Task.sleep(for: .milliseconds(1100))
                let word = fake.write("/martlet approve", on: 7, by: "grace")
                try await previewed.deliver("commented", run)
                try await eventually("the answer\n\(run.log)\n\(previewed.comment() ?? "")") {
                    fake.reactions.contains(.init(comment: word, name: "+1"))
                }
                let before = WorldFile("\(site.root)/b")
                try await previewed.merge([head], how)
                try await eventually("the merge\n\(run.log)") {
                    WorldFile("\(site.root)/a") == .file("two", mode: 0o644)
                        && WorldFile("\(site.root)/b") != before
                }
            }
        }
    }
}
