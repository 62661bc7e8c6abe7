import Crypto
import Glibc
import Model
import Synchronization

/// What reading a file, or a symlink, gave.
struct Reading: Sendable {
    var fingerprint: Fingerprint
    /// Nil for a symlink, and for what was not read.
    var sha256: String?
    /// UTF-8 of at most 64 KiB, where it was asked for; a symlink's target.
    var text: String?
}

/// Remembers what files held, so that one whose status is as it was need not be read again. Knowledge of the
/// world, and no state: forgotten with the process.
final class Readings: Sendable {
    private struct Identity: Hashable {
        var device: UInt64
        var number: UInt64
    }
    private struct Entry {
        var size: Int64
        var modified: Int64
        var changed: Int64
        var fingerprint: Fingerprint
        var digest: SHA256.Digest
    }
    private static let limit = 250_000
    /// Within it a second change may leave the times as they are.
    private static let granularity: Int64 = 2_000_000_000
    private let entries = Mutex<[Identity: Entry]>([:])

    func known(_ status: stat) -> (Fingerprint, SHA256.Digest)? {
        let entry = entries.withLock { $0[Self.identity(status)] }
        guard let entry, entry.size == status.st_size, entry.modified == status.st_mtim.nanoseconds,
            entry.changed == status.st_ctim.nanoseconds
        else { return nil }
        return (entry.fingerprint, entry.digest)
    }
    /// `status` is of before the reading.
    func remember(_ fingerprint: Fingerprint, _ digest: SHA256.Digest, _ status: stat) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let changed = max(status.st_ctim.nanoseconds, status.st_mtim.nanoseconds)
        guard now.nanoseconds - changed > Self.granularity else { return }
        let entry = Entry(
            size: Int64(status.st_size), modified: status.st_mtim.nanoseconds,
            changed: status.st_ctim.nanoseconds, fingerprint: fingerprint, digest: digest)
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
            entries[Self.identity(status)] = entry
        }
    }
    private static func identity(_ status: stat) -> Identity {
        Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }
}

extension timespec {
    var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_nsec) }
}

extension HostEngine {
    private static let textLimit = 64 << 10
    /// Larger than anything that a manifest makes; told apart by size and time.
    private static let readLimit = 64 << 20

    /// The text is left out where the fingerprint is `known`; with none given, it is never read.
    func read(
        _ site: Site, _ kind: HostKind, _ status: stat, textUnless known: Fingerprint?
    ) throws(EngineError) -> Reading {
        switch kind {
        case .directory: return Reading(fingerprint: .none)
        case .symlink:
            guard let target = site.folder.target(of: site.place.name) else {
                throw EngineError(cannot: "read", site.place.path, errno)
            }
            return Reading(fingerprint: key.fingerprint(text: target), text: target)
        case .file: break
        }
        if let (fingerprint, digest) = readings.known(status), known == nil || known == fingerprint {
            return Reading(fingerprint: fingerprint, sha256: digest.hex)
        }
        let unread = key.fingerprint(unread: Int64(status.st_size), status.st_mtim.nanoseconds)
        guard status.st_size <= Self.readLimit else { return Reading(fingerprint: unread) }
        guard let file = site.folder.open(site.place.name, O_RDONLY | O_NONBLOCK) else {
            let code = errno
            if code == EACCES { return Reading(fingerprint: unread) }
            throw EngineError(cannot: "read", site.place.path, code)
        }
        return try read(file, site, wantsText: known != nil)
    }

    private func read(_ file: Descriptor, _ site: Site, wantsText: Bool) throws(EngineError) -> Reading {
        guard let status = file.status, status.st_mode & S_IFMT == S_IFREG else {
            throw EngineError(.retry, at: site.place.path, "changed while it was looked at")
        }
        var hash = SHA256()
        var text: [UInt8]? = wantsText && status.st_size <= Self.textLimit ? [] : nil
        var buffer = [UInt8](repeating: 0, count: min(Self.textLimit, Int(status.st_size) + 1))
        var total = 0
        while total <= Self.readLimit {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw EngineError(cannot: "read", site.place.path, errno) }
            if count == 0 { break }
            total += count
            hash.update(data: buffer[..<count])
            text?.append(contentsOf: buffer[..<count])
        }
        let digest = hash.finalize()
        let fingerprint = key.fingerprint(digest)
        readings.remember(fingerprint, digest, status)
        return Reading(
            fingerprint: fingerprint, sha256: digest.hex,
            text: text.flatMap { $0.count <= Self.textLimit ? String(validating: $0, as: UTF8.self) : nil })
    }
}
