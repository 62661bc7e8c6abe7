import Glibc

/// A folder that only this user can enter, for a plugin's socket. Its path is short: a socket's has at most 107 bytes.
struct SocketFolder: ~Copyable {
    let path: String

    /// Nil, with `errno`, where it can't be made.
    init?() {
        var template = Array("/tmp/plugin-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A socket that is connected needs its name no more.
    deinit {
        if let entries = opendir(path) {
            while let entry = readdir(entries) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(path)/\(name)")
            }
            closedir(entries)
        }
        rmdir(path)
    }
}
