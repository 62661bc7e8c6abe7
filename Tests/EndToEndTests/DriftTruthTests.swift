import Fixtures
import Foundation
import Glibc
import HTTPClient
import Model
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

    @Test(arguments: Seeded.seeds(2, oneFor: 10))
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

    /// While nobody looks: the files and jobs that are then not as they were made, and what is only health.
    private static func changeAtRest(_ cloud: Cloud, _ random: inout Seeded) throws -> [String] {
        var expected: [String] = []
        for name in cloud.things.keys.sorted() {
            let path = "\(cloud.site.root)/\(name)"
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                chmod(path, 0o600)
                expected.append(#"infrastructure/shop/\#(name) mode "0600" -> "0644" drift"#)
            case 1:
                try FileManager.default.removeItem(atPath: path)
                expected.append("infrastructure/shop/\(name) create")
            case 2: expected += try edit("count", .int(9), of: name, in: cloud)
            case 3: expected += try edit("killTimeout", .string("9s"), of: name, in: cloud)
            case 4:
                // Health, and never drift.
                for member in Workforce(of: cloud.site).members where member.job == "job/shop/\(name)" {
                    kill(member.pid, SIGKILL)
                }
            default: break
            }
        }
        return expected
    }

    /// Another word of a job, where its supervisor keeps what was asked for.
    private static func edit(_ field: String, _ value: Value, of name: String, in cloud: Cloud) throws
        -> [String]
    {
        let path = URL(filePath: "\(cloud.site.state)/jobs/supervisor/shop.\(name).json")
        var file = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        var spec = try #require(file["spec"] as? [String: [String: [String: Any]]])
        let (kind, coded): (String, Any) =
            switch value {
            case .int(let number): ("int", number)
            default: ("string", value.string ?? "")
            }
        let before = try #require(spec["map"]?[field]?[kind])
        spec["map"]?[field] = [kind: coded]
        file["spec"] = spec
        try JSONSerialization.data(withJSONObject: file).write(to: path)
        func shown(_ value: Any) -> String { kind == "int" ? "\(value)" : "\"\(value)\"" }
        return ["job/shop/\(name) \(field) \(shown(coded)) -> \(shown(before)) drift"]
    }

    /// Each engine's part of the world: files, what the supervisor keeps of its jobs, secrets (below). The registry has
    /// none: what it lists is in the controller's memory alone, its catalog can only be read, and a new controller
    /// makes it anew of what is recorded and of what the jobs' instances are. So nothing can drift there.
    @Test(arguments: Seeded.seeds(3, oneFor: 20))
    func `what was changed while no controller was there is told, and what only died is not`(seed: UInt64)
        async throws
    {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        // Nine of one job, and one more while they are replaced.
        let cloud = try await Cloud(
            site, seed: seed, jobs: 6, firstPort: 21100 + 80 * Int(seed % 10), ports: 70, onDrift: "warn")
        try await Self.life(site) { try await Self.settle(cloud, $0) }
        var random = Seeded(seed &+ 4_000_000)
        let expected = try Self.changeAtRest(cloud, &random)
        try await site.serve { run in
            try await site.waitUntilReady()
            try await Self.expect(expected, site, run)
            for _ in 0..<5 { try await Self.look(site) }
            try await Self.expect(expected, site, run)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let found = try site.withStore { store in
            try store.history(limit: 1000, before: nil).filter { $0.kind == .driftFound }
                .compactMap(\.resource?.description)
        }
        #expect(found.sorted() == Set(expected.map { String($0.prefix { $0 != " " }) }).sorted())
    }

    @Test func `a secret that was put beside the controller is no drift, and reaches just its users`()
        async throws
    {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        let cloud = try await Cloud(site, seed: 2, firstPort: 21900, ports: 16, onDrift: "warn")
        try await Self.life(site) { try await Self.settle(cloud, $0) }
        var rotating = cloud
        try rotating.rotate()
        let rotated = rotating
        try await Self.life(site) { run in
            try await Self.settle(rotated, run)
            #expect(await site.drifts() == [])
        }
        let events = try site.withStore { try $0.history(limit: 1000, before: nil) }
        #expect(!events.contains { $0.kind == .driftFound || $0.kind == .driftCorrected })
        let followed = Set(
            events.filter { $0.cause == .dependency && $0.kind == .updated }.map(\.resource?.kind))
        #expect(followed.isSuperset(of: ["job", "infrastructure"]))
    }

    @Test
    func `a secret's file that was tampered with is told as unreadable, and its users stay as they are`()
        async throws
    {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        let cloud = try await Cloud(site, seed: 3, firstPort: 21950, ports: 16, onDrift: "warn")
        try await Self.life(site) { try await Self.settle(cloud, $0) }
        let before = Workforce(of: site).members
        let path = try #require(Self.sealedFile(of: site))
        let bytes = try Data(contentsOf: path)
        try Data(bytes.dropLast() + [(bytes.last ?? 0) ^ 1]).write(to: path)
        chmod(path.path(percentEncoded: false), 0o600)
        try await Self.life(site) { run in
            try await eventually("a secret that can't be read\n\(run.log)") {
                _ = await site.ask("/v1/sync", method: "POST")
                return await site.states()?["secret/shop/a"] == "failed"
            }
            #expect(await site.drifts() == [])
            #expect(Workforce(of: site).members == before)
            try bytes.write(to: path)
            try await Self.settle(cloud, run)
        }
        #expect(Workforce(of: site).members == before)
    }

    /// Of the only secret.
    private static func sealedFile(of site: Site) -> URL? {
        let folder = URL(filePath: "\(site.state)/secrets")
        return (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))?
            .first { !$0.lastPathComponent.hasPrefix(".") }
    }

    @Test func `what nobody touched is never told to have drifted`() async throws {
        let site = try await Site()
        defer { Workforce.end(of: site) }
        let cloud = try await Cloud(site, seed: 1, ports: 16)
        try await site.serve { run in
            try await Self.settle(cloud, run)
            let before = Workforce(of: site).members
            let (states, steps) = (await site.states(), run.steps)
            for _ in 0..<100 {
                try await Self.look(site)
                #expect(await site.drifts() == [])
            }
            #expect(await site.states() == states && run.steps == steps)
            #expect(Workforce(of: site).members == before)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        let events = try site.withStore { try $0.history(limit: 1000, before: nil).map(\.kind) }
        #expect(!events.contains(.driftFound))
    }

    /// One run of a controller, with a quiet end.
    private static func life(_ site: Site, _ body: @escaping @Sendable (Run) async throws -> Void)
        async throws
    {
        try await site.serve { run in
            try await site.waitUntilReady()
            try await body(run)
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
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

extension Run {
    /// How many it has told in its log.
    fileprivate var steps: Int { log.split(separator: "\n").count { $0.contains("info step done") } }
}
