import Connect
import Manifests
import Model
import Probe
import Testing

@Suite struct ServiceTests {
    private static func read(_ spec: String) -> (Manifest?, [String]) {
        let settings = SourceSettings(name: "shop", project: "shop", grants: Grants(projects: ["shop"]))
        let file = Loader(kinds: [Service.kind, Kind.job], settings: settings).parse(
            "apiVersion: martlet/v1\nkind: Service\nmetadata: {name: web}\nspec: \(spec)")
        return (file.manifests(in: "a.yaml").first, file.diagnostics(in: "a.yaml").map(\.description))
    }

    @Test func `a service of a job`() throws {
        let (manifest, problems) = Self.read(
            "{job: web, port: http, tags: [a], checks: [{tcp: true, interval: 5s}], allow: [job/edge]}")
        #expect(problems == [])
        let service = try Service(
            try #require(manifest).spec.resolved { id in .map(["instances": .list([.string(id.name)])]) })
        #expect(service.instances == .list([.string("web")]))
        #expect(service.allow == [ResourceID("job", "shop", "edge")])
        #expect(service.checks.map(\.question) == [.tcp])
        #expect(service.checks.map(\.interval) == [Span(milliseconds: 5000)])
        #expect(service.addresses.isEmpty)
    }

    @Test func `a service of addresses`() throws {
        let (manifest, problems) = Self.read(
            "{addresses: [\"10.0.0.5:5432\", \"[2001:db8::5]:5432\"], meta: {a: b}}")
        #expect(problems == [])
        let service = try Service(try #require(manifest).spec.resolved { _ in .unknown })
        #expect(service.addresses == ["10.0.0.5:5432", "[2001:db8::5]:5432"])
        #expect(service.meta == ["a": "b"])
    }

    @Test(arguments: [
        ("{tags: [a]}", "a.yaml:4:7: error: missing key 'job' or 'addresses' in Service.spec"),
        ("{job: web}", "a.yaml:4:7: error: missing key 'port' in Service.spec"),
        (
            "{job: a/b, port: http}",
            "a.yaml:4:13: error: 'job' is the name of a job, found 'a/b'\n"
                + "  hint: write at most 63 of a-z, 0-9 and '-', a letter or digit at both ends"
        ),
        (
            "{addresses: [\"::1:80\"]}",
            "a.yaml:4:20: error: '::1:80' is no address\n  hint: write host:port, or [IPv6]:port"
        ),
    ])
    func `says what is wrong`(spec: String, expected: String) {
        #expect(Self.read(spec).1 == [expected])
    }
}

extension Kind {
    /// Stands in for the run layer's, which this layer must not know.
    fileprivate static let job = Kind(
        "Job", id: "job", layer: .run, documentation: "", engineField: "engine", spec: [], outputs: nil,
        example: "")
}
