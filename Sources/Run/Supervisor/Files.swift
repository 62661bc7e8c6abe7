import Glibc
import Model

/// Files and folders by their paths. What can't be told is an error; nil is only what is surely not there.
enum Files {
    static func read(_ path: String) throws(EngineError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw EngineError(cannot: "read", path, errno)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw EngineError(cannot: "read", path, errno) }
            if count == 0 { return bytes }
            bytes += piece.prefix(count)
        }
    }

    /// What a folder holds, sorted; what begins with a dot is nobody's business.
    static func names(in folder: String) throws(EngineError) -> [String]? {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return nil }
            throw EngineError(cannot: "list", folder, errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw EngineError(cannot: "list", folder, errno) }
                return names.sorted()
            }
            let name = entry.name
            if !name.hasPrefix(".") { names.append(name) }
        }
    }

    static func isThere(_ path: String) throws(EngineError) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw EngineError(cannot: "look at", path, errno) }
        return false
    }

    /// Whole or not at all, as far as processes see it; with `lasts`, as far as a power cut does too.
    static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t = 0o600, lasts: Bool = false
    ) throws(EngineError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw EngineError(cannot: "write", path, errno) }
        var code = writeAll(bytes, to: file)
        if code == 0, lasts, fsync(file) != 0 { code = errno }
        close(file)
        if code == 0, rename(temporary, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(temporary)
            throw EngineError(cannot: "write", path, code)
        }
        if lasts { try sync(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])) }
    }

    /// 0, or an errno.
    static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : ENOSPC }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    /// So that the names in a folder last.
    static func sync(_ folder: String) throws(EngineError) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw EngineError(cannot: "write", folder, errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw EngineError(cannot: "write", folder, errno) }
    }
}

extension UnsafeMutablePointer<dirent> {
    /// Read in place: an entry is only as long as its name.
    var name: String {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return "" }
        return String(cString: (UnsafeRawPointer(self) + offset).assumingMemoryBound(to: CChar.self))
    }
}

extension EngineError {
    /// `cannot write '/run/a': no space left on device`.
    init(cannot action: String, _ path: String, _ code: Int32) {
        self.init(.retry, "cannot \(action) '\(path.escapedForDisplay)': \(Self.reason(code))")
    }
    static func reason(_ code: Int32) -> String {
        let reason = String(cString: strerror(code))
        return reason.prefix(1).lowercased() + reason.dropFirst()
    }
}
