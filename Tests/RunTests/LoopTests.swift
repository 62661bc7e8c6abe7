import ChildProcess
import Fixtures
import Foundation
import Glibc
import Manifests
import Model
import Probe
import Reconcile
import Store
import Testing

@testable import Run

/// The whole way: manifests as text, the loop with its journal, the supervisor with real processes.
private actor Site {
    let folder: TemporaryFolder
    let store: Store
    let configuration: SupervisorEngine.Configuration
    nonisolated let clock = MovableClock()
    private(set) var inbox = Inbox()
    private var running: Task<Void, Never>?
    private var commits = 0
    private var manifests: [Manifest] = []

    init() throws {
        folder = try TemporaryFolder()
        store = try Store.inMemory()
        var configuration = SupervisorEngine.Configuration(
            users: [ownName], jobsFolder: folder.path + "/jobs", instancesFolder: folder.path + "/instances",
            logsFolder: folder.path + "/logs", shim: shimPath)
        configuration.cgroups = nil
        self.configuration = configuration
    }

    private var grants: Grants {
        var grants = Grants(projects: ["shop"])
        grants.users = [ownName]
        return grants
    }

    func start() throws {
        let engine = SupervisorEngine(configuration, now: clock.now, boot: "boot 1") { _ in .healthy }
        inbox = Inbox()
        let (inbox, ledger) = (inbox, try store.ledger())
        let reconciler = Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: inbox,
            sources: ["shop": SourcePolicy(grants: grants)], engines: ["supervisor": engine],
            now: { Int(Date.now.timeIntervalSince1970 * 1000) })
        running = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await engine.run() }
                group.addTask { await inbox.listen(to: ["supervisor": engine]) }
                var reconciler = reconciler
                try? await reconciler.run(sleep: { try? await Task.sleep(for: .milliseconds($0)) })
                group.cancelAll()
            }
        }
        if commits > 0 { post() }
    }
    func stop() async {
        inbox.post(.stop)
        await running?.value
        running = nil
    }

    /// Commits manifests; what is wrong with them.
    func commit(_ text: String) -> [String] {
        var settings = SourceSettings(name: "shop", project: "shop", grants: grants)
        settings.engines = [SupervisorEngine.description(name: "supervisor", configuration)]
        let file = Loader(kinds: [Job.kind], settings: settings).parse(text)
        manifests = file.manifests(in: "a.yaml")
        commits += 1
        post()
        return file.diagnostics(in: "a.yaml").map(\.description)
    }
    private func post() {
        inbox.post(
            .load(
                Load(source: "shop", commit: Revision(id: "c\(commits)"), manifests: manifests, isWhole: true)
            ))
    }

    func look() async -> Picture? {
        await withCheckedContinuation { continuation in
            inbox.post(.read { continuation.resume(returning: $0) })
        }
    }
    func commitState() async -> CommitState? { await look()?.sources["shop"]?.record?.state }
    func state(_ name: String) async -> ResourceState? {
        await look()?.state(of: ResourceID("job", "shop", name), policy: Policy())
    }
    nonisolated func shims() -> Int { found("shim", in: configuration.instancesFolder).count }
}

@Suite struct LoopTests {
    /// Whoever waits for the batch job waits until `gate` is there.
    private static func manifests(_ gate: String, web command: String, healthyFor time: String = "100ms")
        -> String
    {
        """
        apiVersion: martlet/v1
        kind: Job
        metadata: {name: migrate}
        spec:
          type: batch
          task: {command: /bin/sh, args: [-c, "until test -e \(gate); do sleep 0.1; done"], user: \(ownName)}
        ---
        apiVersion: martlet/v1
        kind: Job
        metadata: {name: web}
        dependsOn: [job/migrate]
        spec:
          count: 2
          update: {minHealthyTime: \(time), healthyDeadline: 10m, autoRevert: true}
          restart: {delay: 100ms}
          task: {command: /bin/sh, args: [-c, "\(command)"], user: \(ownName), ports: {http: {}}}
        """
    }

    @Test func `a commit runs, rolls, fails and is held, with a controller that comes and goes`() async throws
    {
        let site = try Site()
        let gate = site.folder.path + "/gate"
        try await site.start()
        #expect(await site.commit(Self.manifests(gate, web: "exec sleep 1000")) == [])
        #expect(await eventually { await site.state("migrate") == .progressing })
        #expect(await site.state("web") != .ready)
        try site.folder.write("", to: "gate")
        #expect(await eventually { await site.commitState() == .converged })
        #expect(site.shims() == 2)

        await site.stop()
        #expect(site.shims() == 2)
        try await site.start()
        #expect(await eventually { await site.commitState() == .converged })
        #expect(await eventually { await site.state("web") == .ready })
        #expect(site.shims() == 2)

        #expect(await site.commit(Self.manifests(gate, web: "exec sleep 2000")) == [])
        #expect(await eventually { await site.commitState() == .converged })

        #expect(await site.commit(Self.manifests(gate, web: "exit 3", healthyFor: "100000h")) == [])
        #expect(
            await eventually {
                site.clock.move(by: Span(milliseconds: 600_000))
                return await site.commitState() == .failed
            })
        #expect(await eventually { site.shims() == 2 })
        let before = await site.look()?.nodes[ResourceID("job", "shop", "web")]?.record?.intent
        await site.inbox.post(.sync(source: nil))
        try await Task.sleep(for: .milliseconds(300))
        #expect(await site.state("web") == .failed)
        #expect(await site.look()?.nodes[ResourceID("job", "shop", "web")]?.record?.intent == before)

        #expect(await site.commit("") == [])
        #expect(await eventually { site.shims() == 0 })
        await site.stop()
    }

    @Test func `what a job may not is refused with its line`() async throws {
        let site = try Site()
        let text = """
            apiVersion: martlet/v1
            kind: Job
            metadata: {name: web}
            spec:
              type: periodic
              schedule: {cron: "* * * * *"}
              task:
                command: /home/me/web
                user: daemon
            """
        #expect(
            await site.commit(text) == [
                "a.yaml:5:9: error: a periodic job needs another engine\n"
                    + "  hint: the supervisor runs jobs of type 'service' and 'batch'",
                "a.yaml:8:14: error: '/home/me/web' is outside of the command roots\n"
                    + "  hint: programs may be in /bin, /opt, /sbin, /usr",
                "a.yaml:9:11: error: jobs may not run as 'daemon'\n"
                    + "  hint: list it under 'users' of the engine and of the source in the controller's configuration, for a local folder with --user",
            ])
    }
}
