import Dispatch
import Foundation
import Glibc
import Synchronization

/// Sees the secrets' files of one folder change, and the key file, through inotify. What can't be told apart, or may have
/// been missed, is `lost`; a folder that goes away is looked for until it is back.
final class FolderWatch: Sendable {
    enum Sighting: Sendable, Hashable {
        case changed(Set<SecretPath>)
        case lost
    }
    private struct Watches {
        var folder: Int32 = -1
        var keyFolder: Int32 = -1
        var isStopped = false
    }
    private static let changes = UInt32(
        IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

    private let number: Int32
    private let folder: String
    private let keyFile: URL?
    private let report: @Sendable (Sighting) -> Void
    private let queue = DispatchQueue(label: "martlet.sealed.watch")
    // A dispatch source may be used from any thread; only its protocol does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceRead
    private let watches = Mutex(Watches())

    /// Watching when it returns; nil where the system has no more watches to give. `report` is called on a queue of its own,
    /// until `stop`.
    init?(folder: String, keyFile: String?, report: @escaping @Sendable (Sighting) -> Void) {
        let number = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard number >= 0 else { return nil }
        (self.number, self.folder, self.report) = (number, folder, report)
        self.keyFile = keyFile.map { URL(filePath: $0) }
        source = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
        source.setEventHandler { [weak self] in self?.readEvents() }
        source.setCancelHandler { close(number) }
        let isThere = watchFolder()
        source.resume()
        if !isThere { lookAgain() }
    }

    /// Nothing is reported after it, but for what is being reported.
    func stop() {
        watches.withLock { $0.isStopped = true }
        source.cancel()
    }

    private func watchFolder() -> Bool {
        watches.withLock { watches in
            if let keyFile {
                let parent = keyFile.deletingLastPathComponent().path(percentEncoded: false)
                watches.keyFolder = inotify_add_watch(number, parent, Self.changes)
            }
            watches.folder = inotify_add_watch(number, folder, Self.changes | UInt32(IN_ONLYDIR))
            return watches.folder >= 0
        }
    }

    private func lookAgain() {
        queue.asyncAfter(deadline: .now() + .milliseconds(500)) { [weak self] in
            guard let self, !watches.withLock({ $0.isStopped }) else { return }
            if watchFolder() { report(.lost) } else { lookAgain() }
        }
    }

    private func readEvents() {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var changed: Set<SecretPath> = []
        var isLost = false
        var isGone = false
        while true {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            let (folder, keyFolder) = watches.withLock { ($0.folder, $0.keyFolder) }
            for event in FolderEvent.parse(bytes[..<count]) {
                isLost = isLost || event.mask & UInt32(IN_Q_OVERFLOW) != 0
                if event.watch == keyFolder, event.name == keyFile?.lastPathComponent { isLost = true }
                guard event.watch == folder else { continue }
                isGone = isGone || event.mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0
                if let path = SecretPath(fileName: event.name) { changed.insert(path) }
            }
        }
        if isGone { findAgain() }
        if isLost || isGone {
            report(.lost)
        } else if !changed.isEmpty {
            report(.changed(changed))
        }
    }

    private func findAgain() {
        let old = watches.withLock { $0.folder }
        inotify_rm_watch(number, old)
        if !watchFolder() { lookAgain() }
    }
}

/// One event as the kernel writes it: watch, mask, cookie, length of the name, name padded with zeros.
struct FolderEvent: Hashable {
    var watch: Int32
    var mask: UInt32
    var name: String

    static func parse(_ bytes: ArraySlice<UInt8>) -> [FolderEvent] {
        var events: [FolderEvent] = []
        var rest = bytes
        while rest.count >= 16 {
            let (watch, mask, length) = rest.withUnsafeBytes { bytes in
                (
                    bytes.loadUnaligned(as: Int32.self),
                    bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
                    bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
                )
            }
            let name = rest.dropFirst(16).prefix(Int(length)).prefix { $0 != 0 }
            events.append(FolderEvent(watch: watch, mask: mask, name: String(decoding: name, as: UTF8.self)))
            rest = rest.dropFirst(16 + Int(length))
        }
        return events
    }
}
