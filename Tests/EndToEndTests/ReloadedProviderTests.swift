import Fakes
import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// A controller whose configuration of a provider changes while it runs, and what is measured of the provider.
@Suite(.enabled(if: PeerProvider.isPossible, PeerProvider.missing), .timeLimit(.minutes(5)))
struct ReloadedProviderTests {
    private let site: Site
    private let worlds: (one: PeerWorld, other: PeerWorld)

    init() async throws {
        site = try await Site()
        worlds = (try PeerWorld(), try PeerWorld())
        try await write("a", size: 1)
    }
    private func write(_ name: String, size: Int) async throws {
        try site.git.write(
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: \(name)}
            spec: {provider: peer, type: peer_thing, config: {name: \(name), size: \(size)}}

            """, to: "m/\(name).yaml")
        try await site.git.commit("\(name) of \(size)")
    }
    private func reload(_ run: Run) async throws {
        let before = run.log.components(separatedBy: "configuration reloaded").count
        run.signal(SIGHUP)
        try await eventually("the reload\n\(run.log)") {
            run.log.components(separatedBy: "configuration reloaded").count > before
        }
    }
    private func waitForState(_ state: String, of names: String..., log run: Run) async throws {
        try await eventually("\(names) \(state)\n\(run.log)") {
            let states = await site.states() ?? [:]
            return names.allSatisfy { states["infrastructure/shop/\($0)"] == state }
        }
    }
    private func scrape() async -> [String] {
        (await site.ask("/metrics")?.text ?? "").split(separator: "\n").map(String.init)
    }
    /// Below 0 where it is not told.
    private func value(_ name: String) async -> Double {
        let line = await scrape().first { $0.hasPrefix("\(name) ") }
        return line?.split(separator: " ").last.flatMap { Double($0) } ?? -1
    }

    @Test func `another version, other credentials and another place take effect, and nothing is made anew`()
        async throws
    {
        try await site.configure(.protocol5, over: worlds.one)
        try await site.serve { run in
            try await waitForState("ready", of: "a", log: run)
            let first = try #require(Fleet.provider(of: run.pid))
            #expect(try program(first).contains("_v1.5.0_x5"))

            try await site.configure(.protocol6, over: worlds.one, token: ", token: another")
            try await reload(run)
            try await write("b", size: 1)
            try await waitForState("ready", of: "a", "b", log: run)
            try await eventually("one process") { kill(first, 0) != 0 }
            #expect(try program(try #require(Fleet.provider(of: run.pid))).contains("_v1.6.0_x6"))
            #expect(worlds.one.count("create") == 2 && worlds.one.count("configure") == 2)
            #expect(!run.log.contains("another"))

            // Another place has none of them.
            try await site.configure(.protocol6, over: worlds.other, token: ", token: another")
            try await reload(run)
            try await eventually("both in the other place\n\(run.log)") {
                worlds.other.names("peer_thing") == ["a", "b"]
            }
            #expect(worlds.one.names("peer_thing") == ["a", "b"], "what is out of sight is left alone")
        }
    }

    @Test func `a provider that is taken out leaves its objects, and is said to be missing`() async throws {
        try await site.configure(.protocol6, over: worlds.one)
        try await site.serve { run in
            try await waitForState("ready", of: "a", log: run)
            let process = try #require(Fleet.provider(of: run.pid))
            try site.configure(rest: "engines: {host: {type: host}}")
            try await reload(run)
            try await eventually("no process") { kill(process, 0) != 0 }
            let told = try await martlet(["status", "shop", "--config", site.configuration])
            #expect(told.output.contains("'peer'"), Comment(rawValue: "\(told)"))
            #expect(worlds.one.names("peer_thing") == ["a"])
            try await site.configure(.protocol6, over: worlds.one)
            try await reload(run)
            try await waitForState("ready", of: "a", log: run)
            #expect(worlds.one.count("create") == 1 && worlds.one.count("delete") == 0)
        }
    }

    @Test func `its starts, how long they took, and its memory are measured`() async throws {
        try await site.configure(.protocol6, over: worlds.one)
        try await site.serve { run in
            try await waitForState("ready", of: "a", log: run)
            #expect(await value(#"martlet_provider_starts_total{provider="peer"}"#) == 1)
            for what in ["start", "preparation"] {
                #expect(await value(#"martlet_provider_\#(what)_seconds_count{provider="peer"}"#) == 1)
                #expect(await value(#"martlet_provider_\#(what)_seconds_sum{provider="peer"}"#) > 0)
            }
            try await eventually("its memory") {
                await value(#"martlet_provider_memory_bytes{provider="peer"}"#) > 1_048_576
            }
            kill(try #require(Fleet.provider(of: run.pid)), SIGKILL)
            try await write("b", size: 1)
            try await waitForState("ready", of: "a", "b", log: run)
            #expect(await value(#"martlet_provider_crashes_total{provider="peer"}"#) == 1)
            #expect(await value(#"martlet_provider_starts_total{provider="peer"}"#) == 2)
        }
    }

    private func program(_ pid: Int32) throws -> String {
        let command = try #require(FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"))
        return String(decoding: command, as: UTF8.self)
    }
}
