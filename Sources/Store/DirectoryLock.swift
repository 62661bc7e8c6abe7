import Foundation
import Synchronization

/// A state directory held by one process; the kernel lets go of it when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Takes the lock and writes down who has it.
    init(_ directory: URL, holder: Holder) throws(StoreError) {
        let file = directory.appending(path: "lock").plainPath
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, path: file) }
        do {
            try Self.take(descriptor, directory)
            try Self.write(holder, to: descriptor, file)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    func release() {
        descriptor.withLock {
            guard let open = $0 else { return }
            ftruncate(open, 0)
            close(open)
            $0 = nil
        }
    }

    /// Who has the directory now; nil when nobody does, or it has not said who it is.
    static func holder(of directory: URL) -> Holder? {
        let file = directory.appending(path: "lock").plainPath
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return read(descriptor)
    }

    /// Tries a few times, for whoever only looks has the lock for an instant too.
    private static func take(_ descriptor: Int32, _ directory: URL) throws(StoreError) {
        for _ in 0..<5 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw StoreError(errno: errno, path: directory.plainPath)
            }
            usleep(10_000)
        }
        throw .inUse(directory: directory.plainPath, read(descriptor))
    }

    private static func write(_ holder: Holder, to descriptor: Int32, _ file: String) throws(StoreError) {
        guard let json = try? JSONEncoder().encode(holder) else { return }
        let count = json.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == json.count, ftruncate(descriptor, off_t(count)) == 0 else {
            throw StoreError(errno: count < 0 ? errno : ENOSPC, path: file)
        }
    }

    private static func read(_ descriptor: Int32) -> Holder? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return try? JSONDecoder().decode(Holder.self, from: Data(bytes.prefix(count)))
    }
}
