import Fixtures
import Foundation
import Testing

@testable import martlet

/// `--target`, `--replace`, `--refresh=false` and `--parallelism`.
@Suite struct FocusCommandTests {
    private func shop() async throws -> (Workshop, [String]) {
        let shop = try await Workshop()
        try shop.folder.write(
            shop.manifests(["index": "hello", "other": "there", "third": "x"]), to: "here/site.yaml")
        return (shop, ["./here", "--project", "shop"])
    }

    @Test func `a target alone is planned and applied, with a warning that this is not all`() async throws {
        let (shop, arguments) = try await shop()
        let warning = """
            warning: only 1 of 3 resources were looked at (--target): there may be more to do
            """
        let plan = try await shop.martlet(["plan"] + arguments + ["--target", "infrastructure/index"])
        #expect(plan.code == 2)
        #expect(plan.output.contains("+ infrastructure/index"))
        #expect(!plan.output.contains("infrastructure/other"))
        #expect(plan.output.unwrapped.contains(warning), "\(plan.output)")
        let apply = try await shop.martlet(["apply"] + arguments + ["--target", "infrastructure/shop/index"])
        #expect(apply.code == 0, "\(apply)")
        #expect(
            apply.output.contains("converged") && apply.output.unwrapped.contains(warning), "\(apply.output)")
        #expect(shop.exists("index") && !shop.exists("other"))
        let rest = try await shop.martlet(["plan"] + arguments)
        #expect(rest.code == 2 && rest.output.contains("2 to create, 0 to change"))
    }

    @Test func `a resource is made anew where that is asked for`() async throws {
        let (shop, arguments) = try await shop()
        #expect(try await shop.martlet(["apply"] + arguments).code == 0)
        let plan = try await shop.martlet(["plan"] + arguments + ["--replace", "infrastructure/other"])
        #expect(
            plan.output.contains("-/+ infrastructure/other   host file, made anew as asked"), "\(plan.output)"
        )
        let before =
            try FileManager.default.attributesOfItem(atPath: "\(shop.site)/other")[.systemFileNumber] as? Int
        try FileManager.default.linkItem(atPath: "\(shop.site)/other", toPath: "\(shop.folder.path)/kept")
        let apply = try await shop.martlet(["apply"] + arguments + ["--replace", "infrastructure/other"])
        #expect(apply.code == 0 && apply.output.contains("1 replaced"), "\(apply.output)")
        let after =
            try FileManager.default.attributesOfItem(atPath: "\(shop.site)/other")[.systemFileNumber] as? Int
        #expect(before != after)
        #expect(try await shop.martlet(["plan"] + arguments).code == 0)
    }

    @Test func `without a look drift is not seen, and that is said`() async throws {
        let (shop, arguments) = try await shop()
        #expect(try await shop.martlet(["apply"] + arguments + ["--parallelism", "1"]).code == 0)
        try FileManager.default.removeItem(atPath: "\(shop.site)/index")
        let believing = try await shop.martlet(["plan"] + arguments + ["--refresh=false"])
        #expect(believing.code == 0)
        #expect(believing.output.unwrapped.contains("(--refresh=false)"), "\(believing.output)")
        #expect(try await shop.martlet(["plan"] + arguments).code == 2)
    }

    @Test func `what nobody knows is said, and so is a number that is none`() async throws {
        let (shop, arguments) = try await shop()
        let unknown = try await shop.martlet(["plan"] + arguments + ["--target", "infrastructure/indx"])
        #expect(
            unknown.errors == """
                error: no resource 'infrastructure/indx'
                  hint: did you mean 'infrastructure/index'?

                """)
        #expect(try await shop.martlet(["plan"] + arguments + ["--parallelism", "0"]).code != 0)
    }
}

extension String {
    /// As one line, with one space between words.
    fileprivate var unwrapped: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
