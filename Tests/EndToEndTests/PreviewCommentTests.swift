import Fakes
import Fixtures
import Foundation
import Glibc
import HTTPClient
import Synchronization
import Testing

/// Requests at a forge, previewed by the real program from a real repository.
@Suite(.timeLimit(.minutes(5))) struct PreviewCommentTests {
    /// A site with one file on its branch, whose forge has nothing to complain about in the end.
    private static func withSite(
        _ fake: ForgeFake, interval: String = "1h",
        _ body: @escaping @Sendable (PreviewedSite) async throws -> Void
    ) async throws {
        try await withFakeServer(fake.answer) { url in
            let previewed = try await PreviewedSite(fake, at: url, interval: interval)
            try previewed.write("a", "one")
            try await previewed.site.git.commit()
            try await body(previewed)
        }
        #expect(fake.complaints == [])
    }

    @Test(arguments: ForgeFake.Kind.allCases)
    func `a request is commented on, a push edits the comment, and its end leaves nothing`(
        kind: ForgeFake.Kind
    ) async throws {
        let fake = ForgeFake(kind)
        try await Self.withSite(fake) { previewed in
            let site = previewed.site
            try await site.serve { run in
                try await site.waitUntilReady()
                let head = try await previewed.propose { try previewed.write("b", "new") }
                fake.open(ForgeFake.Request(7, head: head))
                try await previewed.deliver("opened", run)
                try await eventually("the comment\n\(run.log)") {
                    previewed.comment()?.contains("1 to create") == true
                }
                try await eventually("the status") {
                    previewed.status(head)?.state.lowercased().hasPrefix("success") == true
                }
                let next = try await previewed.propose {
                    try previewed.write("b", "new")
                    try previewed.write("a", "two")
                }
                fake.change(7) { $0.head = next }
                try await previewed.deliver("pushed", run)
                try await eventually("the edited comment\n\(run.log)") {
                    previewed.comment()?.contains("1 to create, 1 to change") == true
                }
                let list = try await martlet(["previews", "--config", site.configuration])
                #expect(list.output.contains("infra#7  Change things"), "\(list)")
                #expect(list.output.contains("1 to create, 1 to change"), "\(list)")
                let page = try #require(await site.ask("/previews/infra/7"))
                #expect(page.status == 200 && page.text.contains("infrastructure/b"), "\(page.text)")
                let front = try #require(await site.ask("/"))
                #expect(front.text.contains("/previews/infra/7"))
                let metrics = try #require(await site.ask("/metrics")).text
                #expect(metrics.contains(#"martlet_previews_total{outcome="ready",repository="infra"} 2"#))
                #expect(!FileManager.default.fileExists(atPath: "\(site.root)/b"), "nothing is applied")
                fake.change(7) { $0.state = "closed" }
                try await previewed.deliver("closed", run)
                try await eventually("its end") { await site.ask("/previews/infra/7")?.status == 404 }
                #expect(!run.log.contains(ForgeFake.token))
                run.signal(SIGTERM)
                #expect(try await run.exitCode() == 0)
            }
            #expect(
                fake.writes.count == 2 && fake.writes.first == "POST" && fake.complaints == [],
                "\(fake.complaints)")
        }
    }

    /// The forge makes the comment and is silent; the program is killed then, and looks before it makes another.
    @Test(arguments: [ForgeFake.Kind.github, .gitlab])
    func `killed between the comment and its answer, it makes no second one`(kind: ForgeFake.Kind)
        async throws
    {
        let fake = ForgeFake(kind)
        let isSilent = Mutex(true)
        fake.pause {
            while !fake.ownComments(on: 7).isEmpty, isSilent.withLock(\.self), !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        try await Self.withSite(fake) { previewed in
            let site = previewed.site
            fake.open(
                ForgeFake.Request(7, head: try await previewed.propose { try previewed.write("b", "new") }))
            try await site.serve { run in
                try await eventually("the comment\n\(run.log)") { previewed.comment() != nil }
                try await run.crash()
            }
            isSilent.withLock { $0 = false }
            try await site.serve { run in
                let head = try await previewed.propose { try previewed.write("c", "newer") }
                try await site.waitUntilReady()
                fake.change(7) { $0.head = head }
                try await previewed.deliver("pushed", run)
                try await eventually("the status of the next\n\(run.log)") {
                    previewed.status(head)?.state == "success"
                }
                try await eventually("the edit") { fake.writes.count == 2 }
            }
            #expect(fake.ownComments(on: 7).count == 1 && fake.writes.count { $0 == "POST" } == 1)
            #expect(fake.complaints == [])
        }
    }

    @Test func `what git can't merge, and what does not load, is said so`() async throws {
        let fake = ForgeFake(.github)
        try await Self.withSite(fake) { previewed in
            let site = previewed.site
            let clash = try await previewed.propose(7) { try previewed.write("a", "theirs") }
            let broken = try await previewed.propose(8) {
                try site.git.write("apiVersion: martlet/v1\nkind: Nothing\n", to: "m/b.yaml")
            }
            try previewed.write("a", "ours")
            try await site.git.commit()
            fake.open(ForgeFake.Request(7, head: clash))
            fake.open(ForgeFake.Request(8, head: broken))
            try await site.serve { run in
                try await eventually("both\n\(run.log)") {
                    previewed.status(clash)?.state == "failure"
                        && previewed.status(broken)?.state == "failure"
                }
                #expect(previewed.status(clash)?.description == "can't be merged: 1 conflict")
                #expect(previewed.status(broken)?.description.hasPrefix("can't be loaded: ") == true)
                try await eventually("the comments") {
                    previewed.comment(7) != nil && previewed.comment(8) != nil
                }
                #expect(previewed.comment(7)?.contains("m/a.yaml") == true)
                #expect(previewed.comment(8)?.contains("m/b.yaml") == true)
            }
        }
    }

    @Test func `a merge of another request has those that are open previewed on it`() async throws {
        let fake = ForgeFake(.gitea)
        try await Self.withSite(fake, interval: "1s") { previewed in
            let site = previewed.site
            let head = try await previewed.propose {
                try previewed.write("a", "two")
                try previewed.write("b", "new")
            }
            fake.open(ForgeFake.Request(7, head: head))
            try await site.serve { run in
                try await eventually("the comment\n\(run.log)") {
                    previewed.comment()?.contains("1 to create, 1 to change") == true
                }
                // Another request brought the same file.
                try previewed.write("b", "new")
                try await site.git.commit("Merge another")
                try await eventually("the edited comment\n\(run.log)\(previewed.comment() ?? "")") {
                    previewed.comment()?.contains("0 to create, 1 to change") == true
                        || previewed.comment()?.contains("Martlet: 1 to change") == true
                }
            }
        }
    }

    @Test func `two controllers have a comment each beside one request`() async throws {
        let fake = ForgeFake(.github)
        try await withFakeServer(fake.answer) { url in
            let previewed = try await PreviewedSite(fake, at: url)
            let other = try await PreviewedSite(fake, at: url)
            let text = try String(contentsOfFile: other.site.configuration, encoding: .utf8)
            try other.site.folder.write(
                text.replacing("shop-prod", with: "shop-staging").replacing(
                    other.site.git.path, with: previewed.site.git.path), to: "martlet.yaml")
            try previewed.write("a", "one")
            try await previewed.site.git.commit()
            fake.open(
                ForgeFake.Request(7, head: try await previewed.propose { try previewed.write("b", "new") }))
            try await previewed.site.serve { _ in
                try await other.site.serve { run in
                    try await eventually("both comments\n\(run.log)") {
                        previewed.comment() != nil && previewed.comment(of: "shop-staging") != nil
                    }
                    try await eventually("both statuses") {
                        Set(
                            fake.statuses.filter { $0.state == "success" && $0.context.contains("preview") }
                                .map(\.context))
                            == ["martlet/shop-prod/preview:infra", "martlet/shop-staging/preview:infra"]
                    }
                }
            }
            #expect(fake.ownComments(on: 7).count == 2 && fake.complaints == [])
        }
    }

    @Test func `a head that a force push took away before it was fetched is not previewed, its heir is`()
        async throws
    {
        let fake = ForgeFake(.github)
        try await Self.withSite(fake) { previewed in
            let site = previewed.site
            let gone = try await previewed.propose { try previewed.write("b", "gone") }
            let next = try await previewed.propose { try previewed.write("c", "heir") }
            try await site.git("reflog", "expire", "--expire=now", "--all")
            try await site.git("gc", "--quiet", "--prune=now")
            try await site.serve { run in
                try await site.waitUntilReady()
                fake.open(ForgeFake.Request(7, head: gone))
                try await previewed.deliver("opened", run)
                try await eventually("its waiting\n\(run.log)") {
                    run.log.contains("request not previewed yet, tried again")
                }
                #expect(previewed.comment() == nil)
                fake.change(7) { $0.head = next }
                try await previewed.deliver("pushed", run)
                try await eventually("the comment\n\(run.log)") {
                    previewed.comment()?.contains("infrastructure/c") == true
                }
                try await eventually("its status\n\(run.log)") {
                    previewed.status(next)?.state == "success"
                }
            }
            #expect(fake.ownComments(on: 7).count == 1 && fake.complaints == [])
            #expect(previewed.status(gone)?.state == "pending")
        }
    }

    @Test func `a base that moves all the while is caught up with, in one comment`() async throws {
        let fake = ForgeFake(.forgejo)
        try await Self.withSite(fake, interval: "1s") { previewed in
            let site = previewed.site
            let head = try await previewed.propose { try previewed.write("b", "new") }
            fake.open(ForgeFake.Request(7, head: head))
            try await site.serve { run in
                try await site.waitUntilReady()
                var tip = ""
                for round in 1...8 {
                    try previewed.write("a", "\(round)")
                    tip = try await site.git.commit("Move on")
                    try await Task.sleep(for: .milliseconds(400))
                }
                let last = tip
                try await eventually("the last base\n\(run.log)") {
                    await site.ask("/previews/infra/7.json")?.text.contains(last) == true
                }
                try await eventually("its status\n\(run.log)") {
                    previewed.status(head)?.state == "success"
                }
                #expect(previewed.comment()?.contains("1 to create, 0 to change") == true)
            }
            #expect(fake.ownComments(on: 7).count == 1 && fake.complaints == [])
        }
    }
}
