import Glibc

/// A file that was not there before, to be written from start to end.
final class NewFile {
    private let descriptor: Int32
    private let path: String

    init(_ path: String, mode: mode_t) throws(PackageError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        self.path = path
        // The mask of the process says nothing to a program that has to be run.
        guard descriptor >= 0, fchmod(descriptor, mode) == 0 else { throw PackageError.system("write", path) }
    }
    deinit { close(descriptor) }

    func write(_ bytes: some Collection<UInt8>) throws(PackageError) {
        let isWritten =
            bytes.withContiguousStorageIfAvailable { writeAll(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes(writeAll)
        guard isWritten else { throw PackageError.system("write", path) }
    }
    private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension PackageError {
    /// With the system's own word for why.
    static func system(_ verb: String, _ path: String) -> PackageError {
        let code = errno
        return PackageError("can't \(verb) '\(path)': \(String(cString: strerror(code)))")
    }
}
