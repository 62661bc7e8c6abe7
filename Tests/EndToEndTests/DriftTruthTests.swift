import Fixtures
import Foundation
import Glibc
import HTTPClient
import Store
import Testing

/// What was changed behind the controller's back is told, each field with its cause, and nothing else is.
@Suite(.serialized) struct DriftTruthTests {
    /// Changes some of what the cloud made; what the controller is to say of it.
    private static func change(_ cloud: Cloud, _ random: inout Seeded) throws -> [String] {
        var expected: [String] = []
        for name in cloud.things.keys.sorted() where Bool.random(using: &random) {
            let (path, id) = ("\(cloud.site.root)/\(name)", "infrastructure/shop/\(name)")
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                chmod(path, 0o666)
                expected.append(#"\#(id) mode "0666" -> "0644" drift"#)
            case 1:
                let file = try #require(FileHandle(forWritingAtPath: path))
                try file.truncate(atOffset: 0)
                try file.write(contentsOf: Data("edited".utf8))
                expected.append("\(id) content")
            default:
                unlink(path)
                expected.append("\(id) create")
            }
        }
        return expected
    }

    @Test(arguments: Seeded.seeds(2))
    func `what was changed by hand is told with field and cause, and a dead process is not`(seed: UInt64)
        async throws
    {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        let cloud = try await Cloud(site, seed: seed, jobs: 5, ports: 20, onDrift: "warn")
        try await site.serve { run in
            try await Self.settle(cloud, run)
            var random = Seeded(seed &+ 3_000_000)
            let expected = try Self.change(cloud, &random)
            // Health, and never drift. The files of these jobs follow their ports, and so were left alone.
            let touched = Set(expected.map { $0.split(separator: " ")[0].split(separator: "/")[2] })
            for member in Workforce(of: site).members {
                guard !touched.contains(member.job.split(separator: "/")[2]) else { continue }
                kill(member.pid, SIGKILL)
            }
            try await Self.expect(expected, site, run)
            for _ in 0..<5 { try await Self.look(site) }
            try await Self.expect(expected, site, run)
            try await eventually("all programs again\n\(run.log)") {
                Workforce(of: site).members.count == cloud.things.values.reduce(0) { $0 + $1.count }
            }
        }
    }

    @Test func `a job's file that was edited is told as the field that it changed`() async throws {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        let cloud = try await Cloud(site, seed: 0, jobs: 3, ports: 20, onDrift: "warn")
        try await site.serve { run in
            try await Self.settle(cloud, run)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let path = "\(site.state)/jobs/supervisor/shop.w1.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let edited = text.replacing(#""count":{"int":2}"#, with: #""count":{"int":1}"#)
        #expect(edited != text)
        try edited.write(toFile: path, atomically: true, encoding: .utf8)
        try await site.serve { run in
            try await site.waitUntilReady()
            try await Self.expect(["job/shop/w1 count 1 -> 2 drift"], site, run)
        }
    }

    @Test func `what nobody touched is never told to have drifted`() async throws {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        let cloud = try await Cloud(site, seed: 1, ports: 16)
        try await site.serve { run in
            try await Self.settle(cloud, run)
            let before = Workforce(of: site).members
            for _ in 0..<100 {
                try await Self.look(site)
                #expect(await site.drifts() == [])
            }
            #expect(Workforce(of: site).members == before)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let events = try site.withStore { try $0.history(limit: 1000, before: nil).map(\.kind) }
        #expect(!events.contains(.driftFound))
    }

    private static func settle(_ cloud: Cloud, _ run: Run) async throws {
        try await cloud.site.waitUntilReady()
        try await eventually("all as it is asked for: \(cloud.differences())\n\(run.log)") {
            await cloud.site.states().map { Set($0.values) == ["ready"] && $0.count > 10 } ?? false
                && cloud.differences().isEmpty
        }
    }
    /// One more look at everything.
    private static func look(_ site: Site) async throws {
        let answer = await site.ask("/v1/sync", method: "POST")
        #expect(answer?.status == 200)
    }
    private static func expect(_ lines: [String], _ site: Site, _ run: Run) async throws {
        var told: [String]?
        try await eventually("\(lines), not \(told ?? [])\n\(run.log)") {
            _ = await site.ask("/v1/sync", method: "POST")
            told = await site.drifts()?.map { line in
                // What a file holds is not for a comparison here.
                line.contains(" content ") && line.hasSuffix(" drift")
                    ? line.split(separator: " ").prefix(2).joined(separator: " ") : line
            }
            return told == lines.sorted()
        }
    }
}
