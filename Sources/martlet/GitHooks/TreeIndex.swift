import Crypto
import Foundation
import Manifests
import Repository

/// What is kept beside a repository of a tree that had no problem, so that a push is checked by what it changes. A file
/// that is damaged, or made under other settings or by another program, is none.
struct TreeIndex {
    /// The root tree that it describes.
    var tree: ObjectID
    var totals: FolderTotals
    var names: NameIndex

    /// SHA-256 of the rest, fit, tree, files and bytes, names.
    private static let head = 32 + 32 + 20 + 16

    /// Nil where there is none that fits.
    init?(file: String, fit: [UInt8]) {
        guard let bytes = try? Data(contentsOf: URL(filePath: file), options: .alwaysMapped),
            bytes.count >= Self.head,
            Data(SHA256.hash(data: bytes.dropFirst(32))) == bytes.prefix(32),
            bytes[32..<64].elementsEqual(fit), let tree = ObjectID(bytes: bytes[64..<84])
        else { return nil }
        let numbers = bytes[84..<100].withUnsafeBytes { raw in
            [0, 8].map {
                Int(
                    truncatingIfNeeded: UInt64(
                        littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
            }
        }
        guard let names = NameIndex(bytes.dropFirst(Self.head)) else { return nil }
        self.init(tree: tree, totals: FolderTotals(files: numbers[0], bytes: numbers[1]), names: names)
    }

    init(tree: ObjectID, totals: FolderTotals, names: NameIndex) {
        (self.tree, self.totals, self.names) = (tree, totals, names)
    }

    /// Whole or not at all, also where two pushes write it at once.
    func write(to file: String, fit: [UInt8]) throws {
        var rest = Data(fit + tree.bytes)
        for number in [totals.files, totals.bytes] {
            withUnsafeBytes(of: UInt64(number).littleEndian) { rest.append(contentsOf: $0) }
        }
        rest.append(names.data)
        let folder = URL(filePath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try (Data(SHA256.hash(data: rest)) + rest).write(to: URL(filePath: file), options: .atomic)
    }

    /// What an index must have been made by and for: this program, these settings, this `.martletignore`.
    static func fit(_ source: HookSource, ignore: [UInt8]?) -> [UInt8] {
        var status = stat()
        stat("/proc/self/exe", &status)
        let program =
            "\(Martlet.version) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
        return Array(SHA256.hash(data: Array(program.utf8) + source.fingerprint + (ignore ?? [])))
    }
}
