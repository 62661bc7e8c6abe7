import Fakes
import Foundation
import Manifests
import Model
import ProviderPlugin
import Reconcile
import Store
import Synchronization

@testable import Provision

/// The whole way: manifests as text, the loop with its journal, and a real provider over a world of files.
final class TerraformSite {
    let world: PeerWorld
    let store: Store
    let kept = Kept()
    /// Another one takes effect with a restart.
    var setup: ProviderSetup
    private(set) var engine: TerraformEngine
    private(set) var loop: Reconciler
    private var inbox = Inbox()
    private var commits = 0
    private let clock = Clock()
    private let told = Told()
    private var manifests: [Manifest] = []

    final class Kept: Sendable {
        let bytes = Mutex<[UInt8]?>(nil)
        var schemas: TerraformEngine.KeptSchemas {
            TerraformEngine.KeptSchemas(
                load: { self.bytes.withLock(\.self) }, save: { bytes in self.bytes.withLock { $0 = bytes } })
        }
    }
    final class Clock: Sendable {
        let value = Mutex(1_000_000)
    }
    final class Told: Sendable {
        let steps = Mutex<[String]>([])
        let drifts = Mutex<[String]>([])
        var announcer: Announcer {
            Announcer.silent.telling { happenings in
                for happening in happenings {
                    switch happening {
                    case .ended(let step, _, _, let ending):
                        var words = "\(step.verb) \(step.id.name)"
                        if case .failed(let error) = ending { words += " failed: \(error)" }
                        self.steps.withLock { $0.append(words) }
                    case .drifted(let id, let change, _):
                        let fields = change.fields.filter { $0.cause == .drift }.map(\.path.description)
                        self.drifts.withLock { $0.append("\(id.name): \(fields.joined(separator: " "))") }
                    default: break
                    }
                }
            }
        }
    }

    convenience init(_ version: PeerProvider = .protocol6, environment: [String: String] = [:]) throws {
        let world = try PeerWorld()
        let path = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        let setup = ProviderSetup(
            name: "peer", source: PeerProvider.source, executable: version.executable,
            environment: path.merging(environment) { $1 }, settings: .map(["world": .string(world.path)]))
        try self.init(setup, over: world)
    }
    /// - Parameter world: what our own provider works on.
    init(_ setup: ProviderSetup, over world: PeerWorld? = nil) throws {
        (self.setup, self.world) = (setup, try world ?? PeerWorld())
        store = try Store.inMemory()
        engine = setup.engine(kept)
        loop = try Self.makeLoop(store, engine, setup.name, inbox, clock, told)
    }

    private static func grants(_ engine: String) -> Grants {
        var grants = Grants(projects: ["shop"])
        (grants.engines, grants.mayAdopt) = ([engine], true)
        return grants
    }
    private static func makeLoop(
        _ store: Store, _ engine: TerraformEngine, _ name: String, _ inbox: Inbox, _ clock: Clock,
        _ told: Told
    ) throws -> Reconciler {
        let ledger = try store.ledger()
        var source = SourcePolicy(grants: grants(name))
        source.maxDeletes = DeleteBudget(fixed: .max)
        return Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: inbox,
            sources: ["shop": source],
            engines: [name: engine], announcer: told.announcer, now: { clock.value.withLock(\.self) })
    }

    /// Another controller over the same journal; what was asked of the one before died with it.
    func restart() async throws {
        await engine.process.close()
        engine = setup.engine(kept)
        inbox = Inbox()
        loop = try Self.makeLoop(store, engine, setup.name, inbox, clock, told)
        post()
    }
    func close() async { await engine.process.close() }

    /// With what is known of the provider's types by now.
    var sourceSettings: SourceSettings {
        var settings = SourceSettings(name: "shop", project: "shop", grants: Self.grants(setup.name))
        settings.engines = [
            TerraformEngine.description(name: setup.name, source: setup.source, schemas: kept.schemas)
        ]
        return settings
    }

    /// Commits manifests, and goes on until nothing moves; what is wrong with them.
    @discardableResult
    func commit(_ text: String) async throws -> [String] {
        let file = Loader(kinds: [Infrastructure.kind], settings: sourceSettings).parse(text)
        let problems = file.diagnostics(in: "a.yaml").map(\.description)
        guard problems.isEmpty else { return problems }
        manifests = file.manifests(in: "a.yaml")
        commits += 1
        post()
        try await run()
        return []
    }
    private func post() {
        inbox.post(
            .load(
                Load(source: "shop", commit: Revision(id: "c\(commits)"), manifests: manifests, isWhole: true)
            ))
    }
    func run() async throws { try await loop.run(untilIdle: true) }

    /// Looks at everything again; the steps that this has led to.
    func resync() async throws -> [String] {
        clock.value.withLock { $0 += 1_000_000 }
        let before = steps.count
        inbox.post(.sync(source: nil))
        try await run()
        return Array(steps.dropFirst(before))
    }
    /// A person says what became of a step.
    func settle(_ name: String, made: Bool, importID: String = "") async throws {
        let subject = ResourceID.thing(name).description
        inbox.post(
            .decide(
                Decision(
                    made ? .settleMade : .settleNotMade, subject: subject, value: importID, by: "eve", at: 1))
        )
        try await run()
    }
    /// Time passes, so that what failed is tried again.
    func wait() async throws {
        clock.value.withLock { $0 += 1_000_000 }
        inbox.post(.timer)
        try await run()
    }

    /// What became of each step, in order: `create a`, or `update a failed: …`.
    var steps: [String] { told.steps.withLock(\.self) }
    /// What was found to differ through nobody's commit, and where: `a: config.size`.
    var drifts: [String] { told.drifts.withLock(\.self) }

    func record(_ name: String) throws -> Recorded? { try store.ledger().records[.thing(name)] }
    func held(_ name: String) -> EngineError? { loop.picture.nodes[.thing(name)]?.held?.error }
    func seen(_ name: String) -> Observation? { loop.picture.nodes[.thing(name)]?.seen }
    func change(_ name: String) -> Change? { loop.picture.nodes[.thing(name)]?.pending?.change }
}

/// A provider, and how it is configured.
struct ProviderSetup: Sendable {
    /// Manifests'.
    var name: String
    var source: String
    var executable: String
    var environment: [String: String]
    var settings: Value
    /// How long a step may take, and what under way gets to end once it was asked to.
    var stepLimit = Duration.seconds(3600)
    var grace = Duration.seconds(60)
    var stop = Duration.seconds(20)

    fileprivate func engine(_ kept: TerraformSite.Kept) -> TerraformEngine {
        var launch = ProviderLaunch(name: name, executable: executable)
        (launch.environment, launch.limits.patience) = (environment, .seconds(30))
        (launch.limits.backoff, launch.limits.longestBackoff) = (.milliseconds(10), .milliseconds(50))
        launch.limits.stop = stop
        let settings = settings
        var configuration = TerraformEngine.Configuration(name: name, source: source) {
            () throws(EngineError) in TerraformEngine.Settings(settings)
        }
        (configuration.stepLimit, configuration.grace) = (stepLimit, grace)
        return TerraformEngine(
            configuration, launch: launch, key: Array("a key".utf8), schemas: kept.schemas)
    }
}

extension ResourceID {
    static func thing(_ name: String) -> ResourceID { ResourceID("infrastructure", "shop", name) }
}

/// A manifest of one object.
func manifest(_ name: String, _ config: String, more: String = "", outside: String = "") -> String {
    manifest(name, "peer_thing", config, more: more, outside: outside)
}
func manifest(
    _ name: String, _ type: String, _ config: String, more: String = "", outside: String = ""
) -> String {
    """
    apiVersion: martlet/v1
    kind: Infrastructure
    metadata: {name: \(name)}
    \(outside)
    spec:
      provider: peer
      type: \(type)
      config: \(config)
      \(more)

    """
}
