import Glibc

/// A user of this machine, as an instance runs as it.
struct Account: Hashable, Sendable {
    var name: String
    var user: uid_t
    var group: gid_t
    /// All groups, the first one included.
    var groups: [gid_t]
    var home: String

    /// By name or number; nil where there is none. May read files, or ask a directory server.
    init?(_ text: String) {
        let capacity = 1 << 16
        let found = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> Account? in
            var (entry, result) = (passwd(), UnsafeMutablePointer<passwd>?.none)
            guard let base = buffer.baseAddress else { return nil }
            let code =
                uid_t(text).map { getpwuid_r($0, &entry, base, capacity, &result) }
                ?? getpwnam_r(text, &entry, base, capacity, &result)
            return code == 0 ? result.map { Account($0.pointee) } : nil
        }
        guard let found else { return nil }
        self = found
    }
    private init(_ entry: passwd) {
        name = entry.pw_name.map { String(cString: $0) } ?? ""
        home = entry.pw_dir.map { String(cString: $0) } ?? "/"
        (user, group) = (entry.pw_uid, entry.pw_gid)
        var groups = [gid_t](repeating: 0, count: 64)
        var count = Int32(groups.count)
        getgrouplist(name, group, &groups, &count)
        self.groups = Array(groups.prefix(Int(max(0, min(count, 64)))))
    }

    static var own: Account? { Account(String(geteuid())) }
    var isOwn: Bool { user == geteuid() }
}
