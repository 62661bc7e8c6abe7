import CHost
import Glibc

/// An open file, closed with its last user.
final class Descriptor: Sendable {
    let number: Int32
    init(owning number: Int32) { self.number = number }
    deinit { close(number) }

    /// The name under which the kernel knows it: for calls that take only a path.
    var procPath: String { "/proc/self/fd/\(number)" }

    /// Opens what has this name in the directory; never follows a symlink. Nil with `errno`.
    func open(_ name: String, _ flags: Int32, mode: mode_t = 0) -> Descriptor? {
        let number = openat(self.number, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
        return number < 0 ? nil : Descriptor(owning: number)
    }
    /// Nil with `errno`; a symlink's own status, where it is one.
    func status(of name: String) -> stat? {
        var status = stat()
        return fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }
    var status: stat? {
        var status = stat()
        return fstat(number, &status) == 0 ? status : nil
    }
    /// Where the symlink of this name points to; nil with `errno`.
    func target(of name: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(number, name, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static let slash = Descriptor(owning: Glibc.open("/", chost_o_path | O_DIRECTORY | O_CLOEXEC))
}
