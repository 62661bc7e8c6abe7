import Glibc

/// A file descriptor that is ours to close.
final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { close(number) }

    /// False where the task was cancelled first. No thread waits meanwhile.
    @discardableResult
    func waitUntilReadable() async -> Bool {
        await Readiness.shared.wait(for: number)
        return !Task.isCancelled
    }

    /// What can be read now; nil where nothing can, empty at the end.
    func readAvailable(atMost count: Int) -> [UInt8]? {
        var isWaiting = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var status = read(number, buffer.baseAddress, count)
            while status < 0, errno == EINTR { status = read(number, buffer.baseAddress, count) }
            isWaiting = status < 0 && errno == EAGAIN
            filled = max(0, status)
        }
        return isWaiting ? nil : bytes
    }
}
