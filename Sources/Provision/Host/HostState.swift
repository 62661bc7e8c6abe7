import Glibc

/// What was measured of an object that exists. Its bytes are `Observation.state`.
struct HostState: Hashable, Sendable {
    var kind: HostKind
    /// With setuid and its like; 0 for a symlink.
    var mode: UInt16
    var user: uid_t
    var group: gid_t
    /// Of a file's content or a symlink's target.
    var fingerprint: Fingerprint
    var path: String
    /// The step left drift as it was, so the record's fields do not say what was measured: never equal to it.
    var leavesDrift = false

    init(
        _ kind: HostKind, mode: UInt16, user: uid_t, group: gid_t, _ fingerprint: Fingerprint, at path: String
    ) {
        (self.kind, self.mode, self.user, self.group) = (kind, mode, user, group)
        (self.fingerprint, self.path) = (fingerprint, path)
    }
    init(_ kind: HostKind, _ status: stat, _ fingerprint: Fingerprint, at path: String) {
        (self.kind, self.fingerprint, self.path) = (kind, fingerprint, path)
        mode = kind == .symlink ? 0 : UInt16(truncatingIfNeeded: status.st_mode & 0o7777)
        (user, group) = (status.st_uid, status.st_gid)
    }

    private static let version: UInt8 = 1
    /// Version, kind (its first bit: drift was left), mode, user, group, fingerprint, path; big-endian.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        // As many as there will be: every record keeps them.
        bytes.reserveCapacity(28 + path.utf8.count)
        bytes.append(Self.version)
        bytes.append(UInt8(HostKind.allCases.firstIndex(of: kind) ?? 0) | (leavesDrift ? 0x80 : 0))
        bytes.appendBigEndian(mode)
        bytes.appendBigEndian(user)
        bytes.appendBigEndian(group)
        bytes.appendBigEndian(fingerprint.high)
        bytes.appendBigEndian(fingerprint.low)
        bytes.append(contentsOf: path.utf8)
        return bytes
    }
    /// Nil where the bytes are no state of this engine.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 28, bytes[0] == Self.version,
            HostKind.allCases.indices.contains(Int(bytes[1] & 0x7f)),
            let path = String(validating: bytes[28...], as: UTF8.self)
        else { return nil }
        kind = HostKind.allCases[Int(bytes[1] & 0x7f)]
        leavesDrift = bytes[1] & 0x80 != 0
        mode = bytes.integer(at: 2)
        user = bytes.integer(at: 4)
        group = bytes.integer(at: 8)
        fingerprint = Fingerprint(high: bytes.integer(at: 12), low: bytes.integer(at: 20))
        self.path = path
    }

    var ownerText: String { "\(Accounts.userName(user)):\(Accounts.groupName(group))" }
}

extension [UInt8] {
    mutating func appendBigEndian<T: FixedWidthInteger>(_ number: T) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
    /// Big-endian; the caller has checked the length.
    func integer<T: FixedWidthInteger>(at offset: Int, as type: T.Type = T.self) -> T {
        self[offset..<offset + T.bitWidth / 8].reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }
}
