import Fakes
import Fixtures
import Foundation
import Manifests
import Model
import Testing

@testable import Provision

/// What is wrong with a manifest is found without asking the provider, once its schemas are kept.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct TerraformValidationTests {
    private func site(_ version: PeerProvider = .protocol6) async throws -> TerraformSite {
        let site = try TerraformSite(version)
        try await site.commit(manifest("warm", "{name: warm}"))
        await site.close()
        return site
    }

    @Test func `a mistake is told with its line and what was meant`() async throws {
        let site = try await site()
        let text = """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: a}
            spec:
              provider: peer
              type: peer_blocks
              config:
                name: a
                lable: x
                row:
                  - key: r
                    part: [{kye: p}]
                by_key: [{key: a}]
                pair: [{key: a}, {key: b}, {key: c}]
              lifecycle: {ignoreChanges: [lables]}
              timeouts: {create: 1m}
            """
        let problems = try await site.commit(text)
        #expect(
            problems == [
                "a.yaml:9:12: error: unknown key 'lable'\n  hint: did you mean 'label'?",
                "a.yaml:12:16: error: missing key 'key'",
                "a.yaml:12:22: error: unknown key 'kye'\n  hint: did you mean 'key'?",
                "a.yaml:13:13: error: 'by_key' is a map of blocks, found [{key: \"a\"}]",
                "a.yaml:14:11: error: at most 2 of block 'pair', found 3",
                "a.yaml:15:31: error: peer_blocks has no attribute 'lables'\n  hint: did you mean 'label'?",
                "a.yaml:16:13: error: peer_blocks has no timeouts",
            ])
    }

    @Test(arguments: [
        ("type: peer_thnig", "has no resource type 'peer_thnig'", "did you mean 'peer_thing'?"),
        ("data: peer_kinds", "has no data source 'peer_kinds'", "it is a resource: write 'type: peer_kinds'"),
        (
            "type: peer_things", "has no resource type 'peer_things'",
            "it is a data source: write 'data: peer_things'"
        ),
    ])
    func `a type that the provider has not is told so`(line: String, message: String, hint: String)
        async throws
    {
        let site = try await site()
        let text = """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: a}
            spec:
              provider: peer
              \(line)
              config: {name: a}
            """
        let problems = try await site.commit(text)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("a.yaml:6:") == true)
        #expect(
            problems.first?.contains(message) == true && problems.first?.contains(hint) == true, "\(problems)"
        )
    }

    @Test(arguments: Seeded.seeds(1000).chunks(of: 100))
    func `any mistake is a diagnostic with its place`(seeds: [UInt64]) async throws {
        let site = try await site()
        for seed in seeds {
            var mutation = Mutation(seed)
            let (text, what) = mutation.text()
            let problems = try await site.commit(text)
            #expect(!problems.isEmpty, "\(what): \(text)")
            for problem in problems {
                #expect(
                    problem.wholeMatch(of: #/a\.yaml:\d+:\d+: error: [^\n]+(\n  hint: [^\n]+)?/#) != nil,
                    "\(problem)")
            }
        }
    }

    @Test(arguments: [
        ("module: ./network", "there are no modules"), ("count: 3", "write 'forEach' beside 'spec'"),
        ("depends_on: [a]", "write 'dependsOn' beside 'spec'"),
    ])
    func `what Terraform has and Martlet has not is refused by name`(line: String, hint: String) async throws
    {
        let site = try TerraformSite()
        let key = line.prefix { $0 != ":" }
        let problems = try await site.commit(manifest("a", "{name: a}", more: line))
        #expect(problems.count == 1)
        #expect(
            problems.first?.contains("error: unknown key '\(key)' in Infrastructure.spec\n  hint: \(hint)")
                == true)
    }

    @Test func `limits of time are told where they stand`() async throws {
        let site = try await site()
        let problems = try await site.commit(manifest("a", "{name: a, timeouts: {creat: 1m}}"))
        #expect(problems.first?.hasPrefix("a.yaml:8:39: error: unknown key 'creat'") == true, "\(problems)")
    }

    @Test func `a reference to what the type has not is told with its line`() async throws {
        let site = try await site()
        let text =
            manifest("warm", "{name: warm}") + "---\n"
            + manifest(
                "a",
                """
                name: a
                    size: "${infrastructure.warm.revisoin}"
                    note: "${infrastructure.warm.xyz}"
                    document: "${infrastructure.warm.key}"
                """.asBlock)
        let settings = site.sourceSettings
        var catalog = Catalog(kinds: [Infrastructure.kind], settings: settings)
        let file = Loader(kinds: [Infrastructure.kind], settings: settings).parse(text)
        let problems = catalog.take([CatalogChange("a.yaml", file)]).problems.map(\.description)
        #expect(
            problems == [
                "a.yaml:20:12: error: unknown output 'revisoin' of 'infrastructure/warm'\n"
                    + "  hint: did you mean 'revision'?",
                "a.yaml:21:12: error: unknown output 'xyz' of 'infrastructure/warm'\n"
                    + "  hint: it has id, name, mood, size, enabled, zone, tags, ports, hosts, document, note, "
                    + "token, arn, key, revision, timeouts",
            ])
    }

    @Test func `a provider's own configuration is not another resource's to give`() async throws {
        let site = try TerraformSite()
        let text = manifest("a", "{name: a}").replacing(
            "provider: peer", with: "provider: \"${infrastructure.b.name}\"")
        let problems = try await site.commit(text)
        #expect(problems.first?.hasPrefix("a.yaml:6:") == true, "\(problems)")
    }

    @Test func `what only exists after the apply is taken for whatever is needed`() async throws {
        let site = try await site()
        let text = manifest(
            "k", "peer_kinds",
            "{name: k, number: \"${infrastructure.warm.revision}\", list: \"${infrastructure.warm.hosts}\"}")
        #expect(try await site.commit(manifest("warm", "{name: warm}") + "---\n" + text) == [])
        await site.close()
    }
}

extension String {
    /// As what stands under a key, and not beside it.
    fileprivate var asBlock: String { "\n    " + self }
}

/// A manifest with one mistake in it.
private struct Mutation {
    var numbers: Seeded
    init(_ seed: UInt64) { numbers = Seeded(seed) }

    mutating func text() -> (String, String) {
        var lines = [
            "name: a", "size: 3", "enabled: true", "zone: eu", "tags: {team: core}", "ports: [80, 443]",
            "hosts: [a, b]", "document: {a: [1]}", "note: x", "timeouts: {create: 1m}",
        ]
        let index = Int.random(in: 0..<lines.count, using: &numbers)
        let name = String(lines[index].prefix { $0 != ":" })
        let what: String
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0:
            what = "another name"
            let letter = "qxz_".randomElement(using: &numbers) ?? "q"
            lines[index] = "\(name)\(letter)" + lines[index].dropFirst(name.count)
        case 1:
            what = "no name"
            lines.remove(at: 0)
        case 2:
            what = "a computed one"
            lines.append(["arn: x", "key: x", "id: x", "revision: 7"].randomElement(using: &numbers) ?? "")
        case 3:
            what = "another type"
            let wrong = [
                "name": "null", "size": "[1]", "enabled": "maybe", "zone": "null", "tags": "[a]",
                "ports": "{a: 1}",
                "hosts": "nothing", "document": "null", "note": "null", "timeouts": "7",
            ]
            let value = wrong[name] ?? ""
            lines[index] = value == "null" ? "size: {a: 1}" : "\(name): \(value)"
            if value == "null", name != "size" { lines.removeAll { $0 == "size: 3" } }
        default:
            what = "a wrong item"
            let wrong = ["tags: {team: [core]}x", "ports: [eighty]", "timeouts: {creat: 1m}", "ports: [{}]"]
            lines = lines.filter {
                !$0.hasPrefix("tags") && !$0.hasPrefix("ports") && !$0.hasPrefix("timeouts")
            }
            lines.append(wrong.randomElement(using: &numbers) ?? "")
        }
        lines.shuffle(using: &numbers)
        let config = lines.map { "    \($0)" }.joined(separator: "\n")
        return (
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: a}
            spec:
              provider: peer
              type: peer_thing
              config:
            \(config)
            """, what
        )
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
