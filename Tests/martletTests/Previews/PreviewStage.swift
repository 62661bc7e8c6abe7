import ChildProcess
import Fixtures
import Foundation
import Manifests
import Model
import Reconcile
import Repository
import Review
import Store
import Synchronization
import Testing

@testable import martlet

/// A repository with a base and a head, a loop that has made the base so, and what a preview says of the merge.
struct PreviewStage {
    let world = PreviewWorld()
    private let folder: TemporaryFolder
    private let store: Store
    private var readers: [String: SourceReader] = [:]
    private(set) var loop: Reconciler
    private let inbox = Inbox()
    private static let now = 1_795_269_731_000

    /// What one side changes: a text for a file, or nil to remove it.
    typealias Edits = [(path: String, text: String?)]

    init(base: [String: String], head: Edits, onBase: Edits = []) async throws {
        folder = try TemporaryFolder()
        store = try Store.inMemory()
        try await Self.git(["init", "-q", "--bare", "--initial-branch=main", folder.path], in: folder.path)
        var stream = Commits()
        stream.add("refs/heads/main", "The shop", base.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        stream.add("refs/heads/topic", "Change the shop", head, from: 1)
        if !onBase.isEmpty { stream.add("refs/heads/main", "Meanwhile", onBase, from: 1) }
        try await Self.git(["fast-import", "--quiet"], in: folder.path, input: stream.bytes)
        loop = try Self.loop(world, store, inbox, width: 8)
    }

    private static func policies() -> [String: SourcePolicy] {
        var policy = SourcePolicy(grants: grants)
        policy.folder = "shop"
        return ["shop": policy]
    }
    private static var grants: Grants {
        var grants = Grants(projects: ["shop"])
        (grants.roots, grants.secrets, grants.users) = (["/srv"], ["shop/**"], ["web"])
        grants.mayAdopt = true
        return grants
    }
    private static func loop(
        _ world: PreviewWorld, _ store: Store, _ inbox: Inbox, width: Int
    ) throws -> Reconciler {
        var policy = Policy()
        (policy.width, policy.sweepInterval, policy.random) = (width, .max / 4, { 0 })
        let ledger = try store.ledger()
        let names: [(String, Layer)] = [
            ("host", .provision), ("sealed", .secure), ("registry", .connect), ("supervisor", .run),
        ]
        let engines = names.map { ($0, PreviewLayer(world: world, layer: $1) as any Engine) }
        return Reconciler(
            ledger: ledger, journal: try Journal(store, ledger: ledger), inbox: inbox, sources: policies(),
            engines: Dictionary(engines) { first, _ in first }, policy: policy, now: { now })
    }

    private static func git(_ arguments: [String], in folder: String, input: [UInt8] = []) async throws {
        let environment = [
            "PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        ]
        let ended = try await Command(
            "/usr/bin/git", arguments, environment: environment, in: folder, input: input
        )
        .run { child in
            async let errors = child.errors.collect(atMost: 1 << 16)
            _ = await child.output.collect(atMost: 1 << 16)
            let complaint = await errors
            _ = await child.waitForExit()
            return complaint
        }
        try #require(ended.status.isSuccess, "\(String(decoding: ended.result, as: UTF8.self))")
    }

    private func reader() -> SourceReader {
        var settings = SourceSettings(name: "shop", project: "shop", grants: Self.grants)
        settings.variables = ["root": .string("/srv")]
        settings.engines = Engines.embedded
        return SourceReader(kinds: allKinds, settings: settings)
    }
    private func repository() async throws -> LocalRepository { try await LocalRepository.open(folder.path) }

    /// Reads the commit, and makes it so.
    mutating func converge(_ revision: String = "main~0") async throws {
        let repository = try await repository()
        let commit = try await repository.resolve(revision)
        var reader = readers["shop"] ?? reader()
        let load = try await reader.read(repository, at: commit, folder: "shop")
        try #require(load.problems == [])
        readers["shop"] = reader
        inbox.post(.load(load))
        try await run()
    }
    mutating func run() async throws {
        inbox.post(.timer)
        try await loop.run(untilIdle: true)
    }
    /// A loop that looks at everything and may not mend it.
    mutating func look() async throws {
        loop = try Self.loop(world, store, inbox, width: 0)
        var whole = reader()
        let repository = try await repository()
        let commit = try await repository.resolve(loop.picture.sources["shop"]?.record?.commit ?? "main")
        let load = try await whole.read(repository, at: commit, folder: "shop")
        readers["shop"] = whole
        inbox.post(.load(load))
        try await run()
    }

    func preview(_ limits: PreviewLimits = PreviewLimits()) async throws -> Preview {
        let repository = try await repository()
        let (base, head) = (try await repository.resolve("main"), try await repository.resolve("topic"))
        let merge = try await repository.merge(head.id, into: base.id)
        return try await Previewer(
            engines: loop.engines, policy: loop.policy, limits: limits, now: { Self.now }
        )
        .preview(
            merge, of: [PreviewedSource(readers["shop"] ?? reader(), folder: "shop")], over: loop.picture)
    }

    /// As the merge button leaves it: the merge is in force, and all that follows from it is done. What exists
    /// otherwise than before.
    mutating func applyMerge() async throws -> [ResourceID: Change.Action] {
        let repository = try await repository()
        let (base, head) = (try await repository.resolve("main"), try await repository.resolve("topic"))
        let merge = try await repository.merge(head.id, into: base.id)
        var reader = reader()
        let load = try await reader.read(
            merge.repository, at: merge.tree, folder: "shop", as: Revision(id: "merged", summary: "merge"))
        loop = try Self.loop(world, store, inbox, width: 8)
        inbox.post(.load(load))
        let before = world.state.withLock(\.things)
        try await run()
        let after = world.state.withLock(\.things)
        let ids = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        return Dictionary(
            ids.map { ($0, before[$0] == nil ? .create : after[$0] == nil ? .delete : .update) }
        ) { first, _ in first }
    }
}

/// A history in the form that `git fast-import` reads.
struct Commits {
    private(set) var bytes: [UInt8] = []
    private var count = 0

    mutating func add(
        _ reference: String, _ message: String, _ edits: PreviewStage.Edits, from parent: Int? = nil
    ) {
        count += 1
        let time = 1_795_260_000 + count * 60
        line("commit \(reference)\nmark :\(count)\ncommitter Ada <ada@example.com> \(time) +0000")
        data(message)
        if let parent { line("from :\(parent)") }
        for edit in edits {
            guard let text = edit.text else {
                line("D \(quoted(edit.path))")
                continue
            }
            if text.hasPrefix("-> ") {
                line("M 120000 inline \(quoted(edit.path))")
                data(String(text.dropFirst(3)))
            } else if text == "(submodule)" {
                line("M 160000 \(String(repeating: "ab", count: 20)) \(quoted(edit.path))")
            } else {
                line("M 100644 inline \(quoted(edit.path))")
                data(text)
            }
        }
        line("")
    }

    private mutating func line(_ text: String) { bytes += Array("\(text)\n".utf8) }
    private mutating func data(_ text: String) {
        line("data \(text.utf8.count)")
        bytes += Array(text.utf8) + [0x0a]
    }
    /// As C writes a string.
    private func quoted(_ path: String) -> String {
        let escaped = path.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
            case 0x20..<0x7f: String(UnicodeScalar(byte))
            default:
                "\\" + String(repeating: "0", count: byte < 8 ? 2 : byte < 64 ? 1 : 0)
                    + String(byte, radix: 8)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
