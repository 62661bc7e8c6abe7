import Fixtures
import Foundation
import Manifests
import Model
import ProviderPlugin
import Reconcile
import Store
import Synchronization

@testable import Provision

/// Our own provider's program, where the machine has what it runs on.
enum Peer {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static func program(_ major: Int) -> String {
        root.appending(path: ".engines/provider/terraform-provider-peer_v1.0.0_x\(major)").path(
            percentEncoded: false)
    }
    static let isThere = [5, 6].allSatisfy { FileManager.default.isExecutableFile(atPath: program($0)) }
}

/// The whole way: manifests as text, the loop with its journal, and a real provider over a world of files.
final class TerraformSite {
    let folder: TemporaryFolder
    let store: Store
    let kept = Kept()
    let major: Int
    private(set) var engine: TerraformEngine
    private(set) var loop: Reconciler
    private var inbox = Inbox()
    private var commits = 0
    private let clock = Clock()
    private let told = Told()
    private var manifests: [Manifest] = []
    var environment: [String: String]

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

    init(_ major: Int = 6, environment: [String: String] = [:]) throws {
        (self.major, self.environment) = (major, environment)
        folder = try TemporaryFolder()
        store = try Store.inMemory()
        engine = Self.makeEngine(folder.path, major, environment, kept)
        loop = try Self.makeLoop(store, engine, inbox, clock, told)
    }

    private static func makeEngine(
        _ folder: String, _ major: Int, _ environment: [String: String], _ kept: Kept
    ) -> TerraformEngine {
        var launch = ProviderLaunch(name: "peer", executable: Peer.program(major))
        launch.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
            .merging(environment) { $1 }
        launch.limits.patience = .seconds(30)
        let configuration = TerraformEngine.Configuration(name: "peer", source: "example.com/martlet/peer") {
            () throws(EngineError) in TerraformEngine.Settings(.map(["world": .string(folder + "/world")]))
        }
        return TerraformEngine(
            configuration, launch: launch, key: Array("a key".utf8), schemas: kept.schemas)
    }
    private static var grants: Grants {
        var grants = Grants(projects: ["shop"])
        (grants.engines, grants.mayAdopt) = (["peer"], true)
        return grants
    }
    private static func makeLoop(
        _ store: Store, _ engine: TerraformEngine, _ inbox: Inbox, _ clock: Clock, _ told: Told
    )
        throws -> Reconciler
    {
        let ledger = try store.ledger()
        var source = SourcePolicy(grants: grants)
        source.maxDeletes = DeleteBudget(fixed: .max)
        return Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: inbox,
            sources: ["shop": source],
            engines: ["peer": engine], announcer: told.announcer, now: { clock.value.withLock(\.self) })
    }

    /// Another controller over the same journal; what was asked of the one before died with it.
    func restart() async throws {
        await engine.process.close()
        engine = Self.makeEngine(folder.path, major, environment, kept)
        inbox = Inbox()
        loop = try Self.makeLoop(store, engine, inbox, clock, told)
        post()
    }
    func close() async { await engine.process.close() }

    /// Commits manifests, and goes on until nothing moves; what is wrong with them.
    @discardableResult
    func commit(_ text: String) async throws -> [String] {
        var settings = SourceSettings(name: "shop", project: "shop", grants: Self.grants)
        settings.engines = [
            TerraformEngine.description(
                name: "peer", source: "example.com/martlet/peer", schemas: kept.schemas)
        ]
        let file = Loader(kinds: [Infrastructure.kind], settings: settings).parse(text)
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
    func settle(_ name: String, made: Bool) async throws {
        let subject = ResourceID.thing(name).description
        inbox.post(.decide(Decision(made ? .settleMade : .settleNotMade, subject: subject, by: "eve", at: 1)))
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
    func change(_ name: String) -> Change? { loop.picture.nodes[.thing(name)]?.pending?.change }

    /// What the world holds: attributes of an object, nil where there is none.
    func object(_ name: String, _ type: String = "peer_thing") -> [String: Any]? {
        let file = folder.url.appending(path: "world/\(type)/\(name).json")
        return (try? Data(contentsOf: file)).flatMap {
            try? JSONSerialization.jsonObject(with: $0) as? [String: Any]
        }
    }
    func names(_ type: String = "peer_thing") -> [String] {
        let folder = folder.path + "/world/\(type)"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
    /// Somebody else changes an object.
    func change(_ name: String, _ type: String = "peer_thing", _ body: (inout [String: Any]) -> Void) throws {
        var object = object(name, type) ?? [:]
        body(&object)
        let file = folder.url.appending(path: "world/\(type)/\(name).json")
        try JSONSerialization.data(withJSONObject: object).write(to: file)
    }
    func remove(_ name: String, _ type: String = "peer_thing") throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "world/\(type)/\(name).json"))
    }
    /// See the provider's `moods.py`.
    func setFaults(_ faults: [[String: Any]]) throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "world"), withIntermediateDirectories: true)
        try JSONSerialization.data(withJSONObject: faults).write(
            to: folder.url.appending(path: "world/faults.json"), options: .atomic)
    }
    /// How often the provider was asked for something.
    func calls(_ call: String) -> Int {
        let text = try? String(contentsOf: folder.url.appending(path: "world/calls.log"), encoding: .utf8)
        return text?.split(separator: "\n").filter { $0.hasPrefix(call + " ") }.count ?? 0
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
