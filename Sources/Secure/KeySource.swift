import Foundation
import Glibc

/// Where the master key comes from.
package struct KeySource: Sendable {
    enum Place: Sendable {
        case file(String)
        case held(KeyRing, variable: String)
    }
    let place: Place

    /// A file that only its owner may read (0600 or 0400).
    package static func file(_ path: String) -> KeySource { KeySource(place: .file(path)) }

    /// What a variable of the environment holds: base64 of 32 bytes; while keys are rotated, the new one, a comma and the old one.
    package static func environment(_ variable: String, value: String) throws(SealedError) -> KeySource {
        KeySource(place: .held(try KeyRing(value, of: variable), variable: variable))
    }

    var filePath: String? { if case .file(let path) = place { path } else { nil } }

    /// Nil when there is no key file yet. Read anew each time: another process may have rotated the key.
    func load() throws(SealedError) -> KeyRing? {
        switch place {
        case .held(let keys, _): return keys
        case .file(let path):
            guard let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK, follows: true) else {
                return nil
            }
            let status = try file.status()
            guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
                let mode = String(status.st_mode & 0o777, radix: 8)
                throw SealedError(
                    .unreadable, "key file '\(path)' has mode 0\(mode): others may use it",
                    hint: "chmod 600 '\(path)', and rotate the key if others may have read it")
            }
            return try KeyRing(
                String(decoding: file.read(limit: 4096), as: UTF8.self), of: "key file '\(path)'")
        }
    }

    static func write(_ keys: KeyRing, to path: String) throws(SealedError) {
        let url = URL(filePath: path)
        let lines =
            ["# master key of a sealed store of martlet: keep it, and keep it secret", keys.first.base64]
            + keys.others.map(\.base64)
        let folder = url.deletingLastPathComponent()
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try AtomicFile.write(
            Array(lines.map { $0 + "\n" }.joined().utf8), to: url.lastPathComponent,
            in: folder.path(percentEncoded: false))
    }
}

extension KeySource: CustomStringConvertible, CustomReflectable {
    package var description: String {
        switch place {
        case .file(let path): "key file '\(path)'"
        case .held(_, let variable): "environment variable '\(variable)'"
        }
    }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
