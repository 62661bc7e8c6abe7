import Foundation
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

    /// With all that the plugin has put there: a socket that is connected needs its name no more.
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
