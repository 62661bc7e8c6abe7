import Crypto
import Model

/// A keyed fingerprint: equal for equal content, and of no use to whoever lacks the key.
struct Fingerprint: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    static let none = Fingerprint(high: 0, low: 0)
    var value: Value {
        let bytes = [high, low].reduce(into: [UInt8]()) { $0.appendBigEndian($1) }
        return .hidden(bytes.hex)
    }
}

/// Makes fingerprints, and the mark that tells which step made an object.
struct FingerprintKey: Sendable {
    private let key: SymmetricKey
    init(_ bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// Of content, by way of its SHA-256, so that one reading serves both.
    func fingerprint(_ digest: SHA256.Digest) -> Fingerprint { code([0], Array(digest)) }
    func fingerprint(text: String) -> Fingerprint { fingerprint(SHA256.hash(data: Array(text.utf8))) }
    /// Of what can't be read, or is larger than anything that Martlet writes.
    func fingerprint(unread size: Int64, _ modified: Int64) -> Fingerprint {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(size)
        bytes.appendBigEndian(modified)
        return code([1], bytes)
    }

    private func code(_ purpose: [UInt8], _ bytes: [UInt8]) -> Fingerprint {
        let code = Array(HMAC<SHA256>.authenticationCode(for: purpose + bytes, using: key))
        return Fingerprint(high: code.integer(at: 0), low: code.integer(at: 8))
    }

    /// Names the temporary file of a step: the same for the same step, so that it is found after a crash.
    func temporaryName(_ intent: Int, _ id: ResourceID) -> String {
        let code = code([2], Array(id.description.utf8))
        return ".martlet-\(intent)-\(String(code.high & 0xffff_ffff, radix: 16))"
    }

    /// The bytes of a mark: version, intent, fingerprint, project's code, and a code over all with the id.
    func mark(_ intent: Int, _ id: ResourceID, _ fingerprint: Fingerprint) -> [UInt8] {
        var bytes: [UInt8] = [1]
        bytes.appendBigEndian(intent)
        bytes.appendBigEndian(fingerprint.high)
        bytes.appendBigEndian(fingerprint.low)
        bytes.appendBigEndian(code([3], Array(id.project.utf8)).high)
        let seal = code([4], bytes + id.description.utf8)
        bytes.appendBigEndian(seal.high)
        bytes.appendBigEndian(seal.low)
        return bytes
    }
    static let markLength = 49

    /// What the step made, where the mark is its own.
    func fingerprint(in mark: [UInt8], of intent: Int, _ id: ResourceID) -> Fingerprint? {
        guard mark.count == Self.markLength else { return nil }
        let found = Fingerprint(high: mark.integer(at: 9), low: mark.integer(at: 17))
        return self.mark(intent, id, found) == mark ? found : nil
    }
    /// Whether a mark says that another project's resource owns the object.
    func isForeign(_ mark: [UInt8], to id: ResourceID) -> Bool {
        guard mark.count == Self.markLength, mark[0] == 1 else { return false }
        return mark.integer(at: 25, as: UInt64.self) != code([3], Array(id.project.utf8)).high
    }
}

extension String {
    var sha256: String { SHA256.hash(data: Array(utf8)).hex }
}
