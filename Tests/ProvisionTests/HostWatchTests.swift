import Dispatch
import Fixtures
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Provision

/// Events as they come, each awaited at most ten seconds.
final class Ear: Sendable {
    private let events: AsyncStream<Event>
    init(_ engine: HostEngine) { events = engine.events() }

    /// Whether the event, or one that holds it, comes.
    func hears(_ id: ResourceID) async -> Bool {
        await waits { if case .changed(let ids) = $0 { ids.contains(id) } else { false } }
    }
    func hearsResync() async -> Bool { await waits { $0 == .resync } }

    private func waits(_ isIt: @escaping @Sendable (Event) -> Bool) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [events] in
                for await event in events where isIt(event) { return true }
                return false
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(10))
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}

@Suite(.serialized) struct HostWatchTests {
    private static let edits: [(String, @Sendable (String) throws -> Void)] = [
        ("written", { try "bye".write(toFile: $0, atomically: false, encoding: .utf8) }),
        ("replaced by an editor", { try "bye".write(toFile: $0, atomically: true, encoding: .utf8) }),
        ("chmod", { chmod($0, 0o600) }),
        ("removed", { unlink($0) }),
        ("moved away", { rename($0, $0 + ".old") }),
        ("its times touched", { utimes($0, nil) }),
        ("its folder moved", { rename(String($0.dropLast(3)), String($0.dropLast(3)) + "-old") }),
        ("the folder above moved", { rename(String($0.dropLast(5)), String($0.dropLast(5)) + "-old") }),
        ("its folder deleted", { try FileManager.default.removeItem(atPath: String($0.dropLast(3))) }),
    ]

    @Test func `a preview sees what stands there, and watches nothing for it`() async throws {
        let loop = try HostLoop()
        let desired = file(loop.path("it"), "hello")
        try await loop.converge(.motd, desired)
        // Another process, which has looked at nothing yet.
        let engine = HostEngine(HostEngine.Configuration(roots: [loop.folder.path]), key: Array("a key".utf8))
        guard case .other(let preview) = engine.forPreviews else {
            Issue.record("the engine itself is asked")
            return
        }
        let target = await loop.target(.motd, desired)
        let place = try engine.roots.place(loop.path("it"), await loop.grants)
        let other = ResourceID("infrastructure", "shop", "other")
        #expect(try await preview.observe([target])[.motd]?.get().presence == .ours)
        #expect(engine.watcher.owner(of: place, besides: other) == nil)
        _ = await engine.observe([target])
        #expect(engine.watcher.owner(of: place, besides: other) == .motd)
    }

    @Test("a change is heard of", arguments: edits.indices)
    func heard(edit: Int) async throws {
        let loop = try HostLoop()
        try FileManager.default.createDirectory(atPath: loop.path("a/b"), withIntermediateDirectories: true)
        let desired = file(loop.path("a/b/it"), "hello")
        try await loop.converge(.motd, desired)
        let ear = Ear(loop.engine)
        // What was observed before anybody listened is asked for again.
        #expect(await ear.hearsResync())
        _ = try await loop.observe(.motd, desired)
        try Self.edits[edit].1(loop.path("a/b/it"))
        #expect(await ear.hears(.motd), "\(Self.edits[edit].0)")
    }

    @Test func `what comes back is heard of too`() async throws {
        let loop = try HostLoop()
        let ear = Ear(loop.engine)
        let desired = file(loop.path("a/b/it"), "hello")
        #expect(try await loop.observe(.motd, desired) == .absent)
        mkdir(loop.path("a"), 0o755)
        #expect(await ear.hears(.motd))
        _ = try await loop.observe(.motd, desired)
        mkdir(loop.path("a/b"), 0o755)
        #expect(await ear.hears(.motd))
        _ = try await loop.observe(.motd, desired)
        try "x".write(toFile: loop.path("a/b/it"), atomically: false, encoding: .utf8)
        #expect(await ear.hears(.motd))
    }

    @Test func `a directory and a symlink are watched as well`() async throws {
        let loop = try HostLoop()
        let ear = Ear(loop.engine)
        let link = ResourceID("infrastructure", "shop", "link")
        try await loop.converge(.motd, directory(loop.path("folder")))
        try await loop.converge(link, symlink(loop.path("link"), to: "x"))
        chmod(loop.path("folder"), 0o700)
        #expect(await ear.hears(.motd))
        unlink(loop.path("link"))
        #expect(await ear.hears(link))
    }

    @Test func `a queue that overflows makes a resync`() async throws {
        let queue = DispatchQueue(label: "held")
        let loop = try HostLoop { HostEngine($0, key: [1], watching: queue) }
        let limit =
            Int(text("/proc/sys/fs/inotify/max_queued_events")?.trimmingCharacters(in: .newlines) ?? "") ?? 0
        try #require((1...1_000_000).contains(limit))
        let ear = Ear(loop.engine)
        try await loop.converge(.motd, file(loop.path("it"), "x"))
        queue.suspend()
        // Equal events in a row are merged, so two names take turns.
        for number in 0...limit {
            utimes(loop.path("it"), nil)
            let other = loop.path("other\(number % 2)")
            close(creat(other, 0o600))
        }
        queue.resume()
        #expect(await ear.hearsResync())
    }

    @Test func `watches that are not needed any more end`() async throws {
        let loop = try HostLoop()
        let ear = Ear(loop.engine)
        mkdir(loop.path("a"), 0o755)
        try await loop.converge(.motd, file(loop.path("a/it"), "x"))
        #expect(loop.engine.watcher.state.withLock(\.folderCount) == 2)
        try await loop.converge(.motd, nil)
        #expect(loop.engine.watcher.state.withLock(\.folderCount) == 0)
        #expect(loop.engine.watchProblem == nil)
        _ = ear
    }
}
