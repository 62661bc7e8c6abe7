import Fixtures
import Foundation
import Model
import Review
import Testing

@testable import martlet

/// What people type beside a controller that runs.
@Suite struct RunningControllerTests {
    @Test func `a pushed commit is followed to its end, and then is in sync`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello", "about": "us"], "Open the shop")
        try await shop.serving { _ in
            let sync = try await shop.martlet("sync", "--wait")
            #expect(sync.code == 0)
            #expect(sync.output.contains("\"Open the shop\""))
            let status = try await shop.martlet("status")
            #expect(status.code == 0)
            #expect(status.output.hasPrefix("shop  in sync at "))
            let plan = try await shop.martlet("plan")
            #expect(plan.code == 0)
            #expect(plan.output.hasPrefix("shop  nothing to do at "))
            let drift = try await shop.martlet("drift", "shop")
            #expect(drift.code == 0)
        }
        #expect(shop.exists("index"))
    }

    @Test func `every report is JSON that decodes again`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            func json(_ arguments: String...) async throws -> String {
                let command = arguments + ["--format", "json"]
                return try await shop.martlet(command).output
            }
            #expect(try StatusReport(json: try await json("status")).sources.map(\.sync) == [.inSync])
            #expect(try PlanReport(json: try await json("plan")).resources == [])
            #expect(try DriftReport(json: try await json("drift")).source == "shop")
            #expect(try SourceReport(json: try await json("source", "list")).sources.map(\.name) == ["shop"])
            #expect(try ResourceTable(json: try await json("get")).resources.map(\.id.name) == ["index"])
            let resource = try ResourceReport(json: try await json("get", "infrastructure/index"))
            #expect(resource.place == ManifestLocation(file: "site.yaml", line: 1, column: 1))
            #expect(try HistoryReport(json: try await json("history")).events.map(\.kind).contains(.created))
            #expect(try ApplyReport(json: try await json("sync", "--wait")).end == .converged)
        }
    }

    @Test func `drift by hand is shown with its line, and a suspension leaves it until it is resumed`()
        async throws
    {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            let suspended = try await shop.martlet(
                "suspend", "infrastructure/index", "--reason", "an experiment")
            #expect(suspended.code == 0)
            #expect(
                suspended.output == """
                    infrastructure/shop/index is suspended
                      hint: end that with 'martlet resume infrastructure/shop/index'

                    """)
            try "by hand".write(toFile: "\(shop.site)/index", atomically: false, encoding: .utf8)
            _ = try await operations.converge()
            let drift = try await shop.martlet("drift")
            #expect(drift.code == 2)
            #expect(drift.output.contains("an experiment"))
            let found = try #require(try await operations.drift("shop").resources.first)
            #expect(found.treatment == .suspended)
            #expect(found.planned.place == ManifestLocation(file: "site.yaml", line: 1, column: 1))

            #expect(try await shop.martlet("resume", "infrastructure/index").code == 0)
            _ = try await operations.converge()
            #expect(try String(contentsOfFile: "\(shop.site)/index", encoding: .utf8) == "hello")
            let again = try await shop.martlet("resume", "infrastructure/index")
            #expect(again.code == 1)
            #expect(again.errors == "error: infrastructure/shop/index is not suspended\n")
        }
    }

    @Test func `a refused commit says what is wrong, and nothing of it is done`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            try shop.folder.write(
                "apiVersion: martlet/v1\nkind: Infrastructur\nmetadata: {name: x}\n", to: "checkout/bad.yaml")
            try await shop.commit(["index": "goodbye"], "Break it")
            let sync = try await shop.martlet("sync", "shop", "--wait")
            #expect(sync.code == 1)
            #expect(sync.output.contains("\"Break it\" is refused"))
            #expect(sync.output.contains("bad.yaml:2:7: error: "))
            #expect(try String(contentsOfFile: "\(shop.site)/index", encoding: .utf8) == "hello")
        }
    }

    @Test func `deletes above the budget wait for the word that names their digest`() async throws {
        let shop = try await Workshop(settings: "    maxDeletes: 1")
        try await shop.commit(["a": "1", "b": "2", "c": "3"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            try await shop.commit(["a": "1"], "Take two away")
            let waiting = try await operations.converge()
            #expect(waiting.report?.end == .waiting)
            let digest = try #require(waiting.report?.deletes?.digest)
            let wrong = try await shop.martlet("apply", "--confirm-deletes", "beef")
            #expect(wrong.code == 1)
            #expect(
                wrong.errors == """
                    error: 'beef' is not the digest of the deletes that wait, which is '\(digest)'
                      hint: look at it first, with 'martlet plan shop'

                    """)
            #expect(shop.exists("b"))
            let applied = try await shop.martlet("apply", "shop", "--confirm-deletes", digest)
            #expect(applied.code == 0)
            #expect(applied.output.contains("2 deleted"))
            #expect(!shop.exists("b") && !shop.exists("c") && shop.exists("a"))
        }
    }

    @Test func `what is declared can't be forgotten, and what is unknown is named so`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            let declared = try await shop.martlet("forget", "infrastructure/index")
            #expect(declared.code == 1)
            #expect(
                declared.errors.hasPrefix("error: infrastructure/shop/index is declared in 'site.yaml'\n"))
            let unknown = try await shop.martlet("get", "job/nope")
            #expect(unknown.errors == "error: no resource 'job/nope'\n  hint: list them with 'martlet get'\n")
            let mistyped = try await shop.martlet("get", "infrastructure/indx")
            #expect(
                mistyped.errors == """
                    error: no resource 'infrastructure/indx'
                      hint: did you mean 'infrastructure/index'?

                    """)
            #expect(
                try await shop.martlet("status", "shp").errors.hasSuffix("  hint: did you mean 'shop'?\n"))
            let source = try await shop.martlet("status", "blog")
            #expect(source.errors == "error: no source 'blog'\n  hint: there is 'shop'\n")
            let settled = try await shop.martlet("settle", "infrastructure/index", "--made")
            #expect(settled.code == 1)
            let adopted = try await shop.martlet("adopt", "infrastructure/index")
            #expect(adopted.errors == "error: infrastructure/shop/index is managed already\n")
            let configured = try await shop.martlet("source", "destroy", "shop", "--yes")
            #expect(configured.errors.hasPrefix("error: source 'shop' is in the configuration\n"))
        }
    }

    @Test(arguments: [true, false])
    func `a source that is gone from the configuration keeps its objects until it is ended`(isForgotten: Bool)
        async throws
    {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            try shop.configure(hasSource: false)
            let reload = try await shop.martlet("reload")
            #expect(reload.output == "configuration 'DIR/martlet.yaml' is in force\n")
            while try await operations.sources().sources.contains(where: { !$0.isDropped }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(shop.exists("index"))
            let ended = try await shop.martlet(
                "source", isForgotten ? "forget" : "destroy", "shop", isForgotten ? "--format=text" : "--yes")
            #expect(ended.code == 0)
            while try await !operations.resources(kind: nil, source: nil).resources.isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(shop.exists("index") == isForgotten)
        }
    }

    @Test func `a repository that has moved is taken, and told`() async throws {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"])
        try await shop.serving { operations in
            _ = try await operations.converge()
            try FileManager.default.moveItem(
                atPath: "\(shop.path)/repo.git", toPath: "\(shop.path)/moved.git")
            try shop.configure(repository: "moved.git")
            #expect(try await shop.martlet("reload").code == 0)
            let moved = try await operations.converge()
            #expect(moved.report?.end == .converged)
            let told = try await operations.history(HistoryQuestion()).events.filter { $0.kind == .relocated }
            #expect(
                told.map(\.message) == ["from '\(shop.path)/repo.git' to '\(shop.path)/moved.git'"])
            #expect(try await shop.martlet("status").output.contains("next sweep in "))
        }
        #expect(shop.exists("index"))
    }

    @Test func `what exists and is not ours is taken over by adopt alone`() async throws {
        let shop = try await Workshop()
        try "theirs".write(toFile: "\(shop.site)/index", atomically: true, encoding: .utf8)
        try await shop.commit(["index": "ours"])
        try await shop.serving { operations in
            let refused = try await operations.converge().report?.end
            #expect(refused == .failed)
            #expect(try String(contentsOfFile: "\(shop.site)/index", encoding: .utf8) == "theirs")
            #expect(try await shop.martlet("adopt", "infrastructure/index").code == 0)
            let adopted = try await operations.converge().report?.end
            #expect(adopted == .converged)
            #expect(try String(contentsOfFile: "\(shop.site)/index", encoding: .utf8) == "ours")
        }
    }
}
