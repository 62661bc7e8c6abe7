import Fixtures
import Foundation
import Glibc
import Model
import Probe
import Testing

@testable import Run

/// Limits that hold, that can't hold, and that were overrun.
@Suite(.serialized) struct LimiterTests {
    private static let inForce = Limiter(at: "/sys/fs/cgroup", for: "/nowhere").description
    private static let hungry = job(
        "a=x; while :; do a=$a$a; done", update: ["minHealthyTime": .string("9s")],
        restart: ["attempts": .int(0), "mode": .string("fail")],
        task: ["resources": .map(["memory": .string("20MiB")])])

    /// Files stand where the kernel's would: nobody but the kernel makes new ones in a new folder.
    private func pretend(_ machine: borrowing TemporaryFolder) throws -> String {
        let text = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
        for controller in ["memory", "cpu"] {
            let line = text.split(separator: "\n").first {
                $0.split(separator: ":")[1].split(separator: ",").contains(Substring(controller))
            }
            let own = line?.split(separator: ":", maxSplits: 2).last ?? "/"
            try machine.write("", to: "cgroup/\(controller)\(own)/cgroup.procs")
        }
        return machine.path + "/cgroup"
    }

    @Test(.enabled(if: inForce.contains("memory by cgroup v1"), "no cgroup v1 of memory is writable here"))
    func `an instance that needs more memory than it may is said to, by cgroup v1`() async throws {
        try await overrun()
    }
    @Test(.enabled(if: inForce.contains("by cgroup v2"), "no cgroup v2 of memory is writable here"))
    func `an instance that needs more memory than it may is said to, by cgroup v2`() async throws {
        try await overrun()
    }
    private func overrun() async throws {
        let machine = try Machine { $0.cgroups = "/sys/fs/cgroup" }
        try await machine.converge(web, Self.hungry)
        let said = Observation.Health.failed(
            "version \(JobFile.version(of: Self.hungry)) failed: instance 1: killed: out of memory")
        #expect(await machine.becomes(said, web))
        try await machine.converge(web, nil)
        #expect(await eventually { machine.shims().isEmpty })
        await machine.clear()
    }

    @Test(.enabled(if: inForce.contains("by cgroup v1"), "cgroups are not of version 1 here"))
    func `limits that can't be set are said with the job, which runs`() async throws {
        let machine = try Machine()
        await machine.down()
        let root = try pretend(machine.folder)
        await machine.up { $0.cgroups = root }
        let spec = job(
            "exec sleep 1000", task: ["resources": .map(["memory": .string("20MiB"), "cpu": .int(100)])])
        try await machine.converge(web, spec)
        #expect(await machine.becomes(.ready, web))
        let warning = try #require(try await machine.observe(web).warning)
        #expect(warning.hasPrefix("web-1 runs without its limits: cannot write '\(root)/memory"))
        #expect(warning.hasSuffix("memory.limit_in_bytes': no such file or directory"))
        await machine.clear()
    }

    @Test func `limits where nothing can limit are said with the job, and no limits are nothing to say`()
        async throws
    {
        let machine = try Machine { $0.cgroups = "/nonexistent" }
        #expect(await machine.engine.limits == "none: no cgroup is writable")
        try await machine.converge(web, job("exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        #expect(try await machine.observe(web).warning == nil)
        try await machine.converge(
            web, job("exec sleep 1000", task: ["resources": .map(["memory": .string("20MiB")])]))
        let said = "web-2 runs without its limits: no cgroup is writable"
        #expect(await eventually { (try? await machine.observe(web))?.warning == said })
        #expect(
            await machine.engine.warnings == [
                "an instance of job/shop/web runs without its limits: no cgroup is writable"
            ])
        await machine.clear()
    }

    @Test(.enabled(if: inForce.contains("by cgroup v1"), "cgroups are not of version 1 here"))
    func `who only looks makes no cgroup`() async throws {
        let folder = try TemporaryFolder()
        let root = try pretend(folder)
        let before = Set(FileManager.default.subpaths(atPath: root) ?? [])
        let configuration = SupervisorEngine.Configuration(
            users: [ownName], jobsFolder: folder.path + "/jobs", instancesFolder: folder.path + "/instances",
            logsFolder: folder.path + "/logs", shim: shimPath)
        var seeing = configuration
        seeing.cgroups = root
        let engine = SupervisorEngine(seeing) { _ in .healthy }
        #expect(engine.limits == "cpu and memory by cgroup v1")
        _ = await engine.observe([
            Target(web, desired: job("true"), recorded: nil, grants: Grants(projects: ["shop"]))
        ])
        #expect(Set(FileManager.default.subpaths(atPath: root) ?? []) == before)
    }
}
