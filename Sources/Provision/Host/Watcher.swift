import Dispatch
import Glibc
import Model
import Synchronization

/// Says by inotify which resources to observe again. Folders are watched, not files: the folder of each resource
/// and those above it up to its root, so that a folder that moves away is noticed as well.
final class Watcher: Sendable {
    let state = Mutex(Watched())
    private let queue: DispatchQueue
    /// So that a burst of events makes one.
    private static let pause = DispatchTimeInterval.milliseconds(50)

    init(queue: DispatchQueue) { self.queue = queue }

    var problem: Diagnostic? { state.withLock(\.problem) }

    /// Begins to watch; one stream at a time. What was observed before is asked for again.
    func events() -> AsyncStream<Event> {
        AsyncStream { continuation in
            let number = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
            let code = errno
            let mustResync = state.withLock { $0.start(number, code, continuation) }
            if mustResync { continuation.yield(.resync) }
            guard number >= 0 else { return }
            let source = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
            let reader = Reader(source: source)
            source.setEventHandler { [weak self] in self?.take(number) }
            source.setCancelHandler { close(number) }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.stop(number) }
                reader.source.cancel()
            }
            source.activate()
        }
    }

    /// Call it before looking, so that nothing is missed between.
    func watch(_ id: ResourceID, _ place: Place, _ walk: inout Walk, isOurs: Bool) {
        let isNew = state.withLock { $0.note(id, place, isOurs: isOurs) }
        guard isNew else { return }
        var (folder, name) = (place.folder, place.name)
        while folder.isInside(place.root) {
            if let opened = (try? walk.open(folder)) ?? nil {
                state.withLock { $0.watch(id, folder, name, opened) }
                watchAbove(folder, place.root, &walk)
                return
            }
            if folder == "/" { return }
            (folder, name) = folder.splitAtLastSlash
        }
    }
    private func watchAbove(_ folder: String, _ root: String, _ walk: inout Walk) {
        var folder = folder
        while folder.isStrictlyInside(root) {
            let (above, name) = folder.splitAtLastSlash
            guard let opened = (try? walk.open(above)) ?? nil,
                state.withLock({ $0.watch(folderNamed: name, in: above, opened) })
            else { return }
            folder = above
        }
    }

    func unwatch(_ id: ResourceID, _ place: Place) {
        state.withLock { if $0.places[id]?.path == place.path { $0.forget(id) } }
    }

    /// Whose recorded object stands at a path, as far as that was looked at.
    func owner(of place: Place, besides id: ResourceID) -> ResourceID? {
        state.withLock { $0.owner(of: place, besides: id) }
    }
    /// Whether another resource's object is known to stand there by now.
    func isTaken(_ place: Place, from id: ResourceID) -> Bool {
        state.withLock { $0.isTaken(place, from: id) }
    }
    /// Where a resource's objects stand that replacements have left.
    func note(_ id: ResourceID, leaves paths: Set<String>) {
        state.withLock { $0.left[id] = paths.isEmpty ? nil : paths }
    }

    /// Asks for one resource to be observed again.
    func announce(_ id: ResourceID) {
        if state.withLock({ $0.announce([id]) }) { flushSoon() }
    }

    private func flushSoon() {
        queue.asyncAfter(deadline: .now() + Self.pause) { [weak self] in self?.state.withLock { $0.flush() } }
    }

    private func take(_ number: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(number, &buffer, buffer.count)
            guard count > 0 else { return }
            let mustFlush = state.withLock { state in
                buffer[..<count].withUnsafeBytes { state.take($0) }
            }
            if mustFlush { flushSoon() }
        }
    }
}

/// Dispatch's objects may be used from any thread; only their Swift types don't say so.
private struct Reader: @unchecked Sendable { let source: any DispatchSourceRead }
