import Crypto
import Foundation

/// Seals what must not stand in clear, bound to its row: a sealed part that was moved to another row won't open.
struct Sealer {
    private let key: SymmetricKey
    init(_ key: StoreKey) { self.key = key.symmetric(for: "store seal 1") }

    /// Nil where there is nothing to seal.
    func seal(_ secrets: [[UInt8]], for row: String) throws -> Data? {
        guard !secrets.isEmpty else { return nil }
        var packer = Packer()
        packer.array(secrets.count)
        for secret in secrets { packer.data(secret) }
        return try AES.GCM.seal(packer.bytes, using: key, authenticating: Array(row.utf8)).combined
    }

    func open(_ sealed: Data?, of row: String) throws -> [[UInt8]] {
        guard let sealed else { return [] }
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let clear = try? AES.GCM.open(box, using: key, authenticating: Array(row.utf8))
        else { throw StoreError.damaged(row: row, reason: "its sealed part does not open") }
        var unpacker = Unpacker(Packed(bytes: Array(clear)))
        var secrets: [[UInt8]] = []
        for _ in 0..<(try unpacker.arrayCount()) { secrets.append(try unpacker.data()) }
        return secrets
    }
}
