import ArgumentParser
import Fixtures
import Foundation
import Manifests
import Model
import Review
import Testing

@testable import martlet

/// What people type where no controller runs.
@Suite struct LocalUseTests {
    @Test(arguments: [["status"], ["get"], ["history"], ["sync"], ["reload"], ["source", "list"]])
    func `without a controller a command says so and how to start one`(arguments: [String]) async throws {
        let shop = try await Workshop()
        let answered =
            arguments.count == 1
            ? try await shop.martlet(arguments[0]) : try await shop.martlet(arguments[0], arguments[1])
        #expect(answered.code == 1)
        #expect(answered.output == "")
        #expect(
            answered.errors == """
                error: no controller answers on DIR/state/martlet.sock
                  hint: start one with 'martlet serve'

                """)
    }

    @Test func `a folder is planned and applied, and planning again is empty`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(shop.manifests(["index": "hello ${var.name}"]), to: "here/site.yaml")
        let arguments = ["./here", "--project", "shop", "--variable", "name=you"]
        let plan = try await shop.martlet(["plan"] + arguments)
        #expect(plan.code == 2)
        #expect(plan.output.contains("+ infrastructure/index   host file"))
        #expect(!shop.exists("index"))
        let apply = try await shop.martlet(["apply"] + arguments)
        #expect(apply.code == 0)
        #expect(try String(contentsOfFile: "\(shop.site)/index", encoding: .utf8) == "hello you")
        #expect(try await shop.martlet(["plan"] + arguments).code == 0)

        try FileManager.default.removeItem(atPath: "\(shop.site)/index")
        let drift = try await shop.martlet(["drift"] + arguments)
        #expect(drift.code == 2)
        #expect(drift.output.contains("infrastructure/index"))
    }

    @Test func `a folder needs a root from the command line where the configuration has none`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(shop.manifests(["index": "hello"]), to: "blog/site.yaml")
        let refused = try await shop.martlet("plan", "./blog")
        #expect(refused.code == 1)
        let planned = try await shop.martlet("plan", "./blog", "--root", shop.site)
        #expect(planned.code == 2)
        #expect(planned.output.hasPrefix("blog  "))
    }

    @Test func `a folder needs a secret's path from the command line, and the hint says how`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(
            "apiVersion: martlet/v1\nkind: SecretReference\nmetadata: {name: db}\nspec: {path: blog/db}\n",
            to: "blog/site.yaml")
        let refused = try await shop.martlet("plan", "./blog")
        #expect(refused.code == 1)
        let words = (refused.output + refused.errors).split(whereSeparator: \.isWhitespace)
        #expect(words.joined(separator: " ").contains("for a local folder with --secrets"))
        let planned = try await shop.martlet("plan", "./blog", "--secrets", "blog/**")
        #expect(!(planned.output + planned.errors).contains("is not granted"))
    }

    @Test func `a variable is text until a field takes it, whatever command it is given to`() throws {
        let given = ["n=3", "version=1.10", "on=true", "note=x # y", "list=[a, b]", "none=", "tilde=~"]
        let expected: [String: Value] = [
            "n": .int(3), "version": .scalar("1.10"), "on": .bool(true), "note": .string("x # y"),
            "list": .string("[a, b]"), "none": .string(""), "tilde": .string("~"),
        ]
        let options = try LocalOptions.parse(given.flatMap { ["--variable", $0] })
        let configuration = Configuration(name: "a", state: "/nowhere", socket: "/nowhere/socket")
        #expect(try options.source("./here", in: configuration)?.settings.variables == expected)
        var settings = ValidationSettings(.folder("here"), project: nil)
        for text in given { settings.set(try #require(Assignment(argument: text))) }
        #expect(settings.source.variables == expected)
    }

    @Test func `a repository is planned at a revision, and the configured sources where none is named`()
        async throws
    {
        let shop = try await Workshop()
        try await shop.commit(["index": "hello"], "Open the shop")
        try await shop.commit(["index": "hello", "about": "us"], "Say who we are")
        let before = try await shop.martlet([
            "plan", "--repository", "checkout", "--revision", "HEAD~1", "--project", "shop",
        ])
        #expect(before.code == 2)
        #expect(before.output.contains("\"Open the shop\""))
        #expect(!before.output.contains("about"))
        let configured = try await shop.martlet("plan")
        #expect(configured.code == 2)
        #expect(configured.output.contains("\"Say who we are\""))
        #expect(try await shop.martlet("apply", "shop").code == 0)
        #expect(shop.exists("about"))
    }

    @Test func `problems of a folder are told with their lines, and nothing is applied`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(
            shop.manifests(["index": "hello"]) + "\n---\nkind: Infrastructure\n", to: "here/site.yaml")
        let applied = try await shop.martlet(["apply", "./here", "--project", "shop"])
        #expect(applied.code == 1)
        #expect(applied.output.contains("site.yaml:6:1: error: "))
        #expect(!shop.exists("index"))
    }

    @Test func `deletes above the budget are confirmed without a controller too`() async throws {
        let shop = try await Workshop(settings: "    maxDeletes: 0")
        try shop.folder.write(shop.manifests(["a": "1", "b": "2"]), to: "here/site.yaml")
        let arguments = ["./here", "--project", "shop"]
        #expect(try await shop.martlet(["apply"] + arguments).code == 0)
        try shop.folder.write(shop.manifests(["a": "1"]), to: "here/site.yaml")
        let json = try await shop.martlet(["plan"] + arguments + ["--format", "json"]).output
        let digest = try #require(try PlanReport(json: json).deletes?.digest)
        #expect(try await shop.martlet(["apply"] + arguments).code == 1)
        #expect(try await shop.martlet(["apply"] + arguments + ["--confirm-deletes", "beef"]).code == 1)
        #expect(shop.exists("b"))
        #expect(try await shop.martlet(["apply"] + arguments + ["--confirm-deletes", digest]).code == 0)
        #expect(!shop.exists("b"))
    }

    @Test func `two folders of one name are not taken for one source`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(shop.manifests(["index": "a"]), to: "a/blog/site.yaml")
        try shop.folder.write(shop.manifests(["about": "b"]), to: "b/blog/site.yaml")
        #expect(try await shop.martlet("apply", "a/blog", "--root", shop.site).code == 0)
        for command in ["plan", "apply", "drift"] {
            let refused = try await shop.martlet(command, "b/blog", "--root", shop.site)
            #expect(
                refused
                    == .init(
                        output: "",
                        errors: """
                            error: source 'blog' comes from 'DIR/a/blog', not from 'DIR/b/blog'
                              hint: give this one a name of its own with '--project NAME', or say '--moved' if it is the same

                            """, code: 1))
        }
        let apart = try await shop.martlet(
            "apply", "b/blog", "--root", shop.site, "--project", "journal")
        #expect(apart.code == 0)
        #expect(shop.exists("index") && shop.exists("about"))
    }

    @Test func `a folder that has moved stays the same source once a person says so`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(shop.manifests(["index": "a"]), to: "a/blog/site.yaml")
        let arguments = ["--root", shop.site]
        #expect(try await shop.martlet(["apply", "a/blog"] + arguments).code == 0)
        try FileManager.default.moveItem(atPath: "\(shop.path)/a", toPath: "\(shop.path)/c")
        #expect(try await shop.martlet(["apply", "c/blog"] + arguments).code == 1)
        let moved = try await shop.martlet(["apply", "c/blog", "--moved"] + arguments)
        #expect(moved.code == 0 && moved.errors == "", "the report says it all")
        #expect(try await shop.martlet(["apply", "c/blog/"] + arguments).code == 0)
        #expect(shop.exists("index"))
    }

    @Test func `a state folder that a controller holds is named with its holder`() async throws {
        let shop = try await Workshop()
        try shop.folder.write(shop.manifests(["index": "hello"]), to: "here/site.yaml")
        try await shop.serving { _ in
            let refused = try await shop.martlet(["apply", "./here", "--project", "shop"])
            #expect(refused.code == 1)
            #expect(
                refused.errors.hasPrefix(
                    "error: state directory 'DIR/state' is in use by 'martlet serve' (pid "))
            #expect(refused.errors.contains("hint: ask it about its own sources ('martlet apply SOURCE')"))
            let apart = try await shop.martlet(["plan", "./here", "--project", "shop", "--state", "other"])
            #expect(apart.code == 2)
        }
    }
}

/// What is read from a command line.
@Suite struct ArgumentTests {
    @Test(arguments: [
        ("2h", 1_000_007_200), ("3d", 1_000_259_200), ("2001-09-10", 1_000_080_000),
        ("2001-09-09T02:00:00Z", 1_000_000_800),
    ])
    func `a time is a length, a day or a moment`(text: String, second: Int) throws {
        #expect(try text.futureSecond(now: 1_000_000_000_000) == second)
    }

    @Test(arguments: [("soon", "'soon' is no time"), ("2001-09-09", "'2001-09-09' is over already")])
    func `another time is refused`(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try text.futureSecond(now: 1_000_000_000_000) }
        #expect(error?.problems.map(\.message) == [message])
    }

    @Test(arguments: [
        ("shop", false), ("./shop", true), ("shop/", true), (".", true), ("..", true), ("/srv/shop", true),
    ])
    func `a folder is told from a source by its slash`(text: String, isFolder: Bool) {
        #expect(text.isFolder == isFolder)
    }
}

/// Live on a terminal, plain lines elsewhere.
@Suite struct ProgressViewTests {
    private func progress(_ state: ApplyProgress.Activity.State) -> ApplyProgress {
        let moment = Timestamp(seconds: 1000)
        let activity = ApplyProgress.Activity(
            ResourceID("infrastructure", "shop", "index"), .provision, state, since: moment)
        return ApplyProgress(
            project: "shop", commit: nil, startedAt: moment, now: moment, activities: [activity])
    }

    @Test func `elsewhere each event is a line`() {
        let written = Written()
        let view = ProgressView(isSilent: false, isLive: false, style: Style(), write: written.add)
        view.show(progress(.started))
        view.show(progress(.started))
        view.show(progress(.ready))
        view.clear()
        #expect(
            written.text == """
                00:16:40 infrastructure/index started
                00:16:40 infrastructure/index ready after 0 ms

                """)
    }

    @Test func `on a terminal a frame takes the place of the one before`() {
        let written = Written()
        let view = ProgressView(isSilent: false, isLive: true, style: Style(), write: written.add)
        view.show(progress(.started))
        view.show(progress(.ready))
        view.clear()
        #expect(written.text.hasSuffix("\u{1b}[1A\r\u{1b}[J"))
        #expect(written.text.contains("provision 0/1"))
        #expect(written.text.contains("provision 1/1"))
    }

    @Test func `a program that reads JSON is not disturbed`() {
        let written = Written()
        let view = ProgressView(isSilent: true, isLive: true, style: Style(), write: written.add)
        view.show(progress(.started))
        view.clear()
        #expect(written.text == "")
    }
}
