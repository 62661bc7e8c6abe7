import Glibc
import Model

/// `user`, `user:group` or `:group`, by name or number.
struct HostOwner: Hashable, Sendable {
    var user: String?
    var group: String?

    /// Nil where the text is none.
    init?(_ text: String) {
        let parts = text.split(separator: ":" as Character, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first else { return nil }
        user = first.isEmpty ? nil : String(first)
        group = parts.count == 2 && !parts[1].isEmpty ? String(parts[1]) : nil
        let hasEmptyGroup = parts.count == 2 && parts[1].isEmpty
        guard user != nil || group != nil, !hasEmptyGroup, !text.utf8.contains(0) else { return nil }
    }

    /// Numbers for the names; nil where nothing is said.
    struct Numbers: Hashable, Sendable {
        var user: uid_t?
        var group: gid_t?

        func fits(_ status: HostState) -> Bool {
            (user ?? status.user) == status.user && (group ?? status.group) == status.group
        }
    }

    func numbers() throws(EngineError) -> Numbers {
        var numbers = Numbers()
        if let user {
            numbers.user = Accounts.user(user)
            guard numbers.user != nil else { throw Self.missing("user", user) }
        }
        if let group {
            numbers.group = Accounts.group(group)
            guard numbers.group != nil else { throw Self.missing("group", group) }
        }
        return numbers
    }
    private static func missing(_ what: String, _ name: String) -> EngineError {
        EngineError(.retry, "\(what) '\(name.escapedForDisplay)' does not exist on this machine")
    }

    /// Throws unless the source may give files to this owner, or it is the controller's own.
    func permitted(_ grants: Grants) throws(EngineError) -> Numbers {
        let numbers = try numbers()
        if let number = numbers.user, number != geteuid(),
            !grants.owners.contains(where: { !$0.hasPrefix(":") && Accounts.user($0) == number })
        {
            throw Self.refused(user ?? "")
        }
        if let number = numbers.group, number != getegid(),
            !grants.owners.contains(where: {
                $0.hasPrefix(":") && Accounts.group(String($0.dropFirst())) == number
            })
        {
            throw Self.refused(":\(group ?? "")")
        }
        return numbers
    }
    private static func refused(_ name: String) -> EngineError {
        EngineError(
            .waitForChange, "the source may not give files to '\(name.escapedForDisplay)'", hint: hint(name))
    }
    private static func hint(_ name: String) -> String {
        "the controller's configuration lists a source's owners; groups as ':group'"
    }

    /// What of it no grant names; without resolving names, but for the controller's own.
    func problem(_ grants: Grants) -> FieldProblem? {
        let field = FieldPath("config").appending("owner")
        let refused = [user, group.map { ":\($0)" }].compactMap(\.self).first { name in
            !grants.owners.contains(name) && !Accounts.isOwn(name)
        }
        return refused.map {
            FieldProblem(
                field, "the source may not give files to '\($0.escapedForDisplay)'", hint: Self.hint($0))
        }
    }

    /// The owner of what exists, said in the same form: only the parts that this one names.
    func form(of state: HostState) -> String {
        switch (user, group) {
        case (nil, _?): ":\(Accounts.groupName(state.group))"
        case (_?, nil): Accounts.userName(state.user)
        default: state.ownerText
        }
    }
}

/// The machine's users and groups. Its calls may read files, or ask a directory server.
enum Accounts {
    static func user(_ name: String) -> uid_t? {
        if let number = uid_t(name) { return number }
        return entry { buffer, capacity in
            var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
            let code = getpwnam_r(name, &entry, buffer, capacity, &found)
            return (code, found.map { $0.pointee.pw_uid })
        }
    }
    static func group(_ name: String) -> gid_t? {
        if let number = gid_t(name) { return number }
        return entry { buffer, capacity in
            var (entry, found) = (Glibc.group(), UnsafeMutablePointer<Glibc.group>?.none)
            let code = getgrnam_r(name, &entry, buffer, capacity, &found)
            return (code, found.map { $0.pointee.gr_gid })
        }
    }
    /// The number, where it has no name.
    static func userName(_ number: uid_t) -> String {
        entry { buffer, capacity in
            var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
            let code = getpwuid_r(number, &entry, buffer, capacity, &found)
            return (code, found.flatMap { $0.pointee.pw_name.map { String(cString: $0) } })
        } ?? String(number)
    }
    static func groupName(_ number: gid_t) -> String {
        entry { buffer, capacity in
            var (entry, found) = (Glibc.group(), UnsafeMutablePointer<Glibc.group>?.none)
            let code = getgrgid_r(number, &entry, buffer, capacity, &found)
            return (code, found.flatMap { $0.pointee.gr_name.map { String(cString: $0) } })
        } ?? String(number)
    }
    /// `user` or `:group` of the controller's own process.
    static func isOwn(_ name: String) -> Bool {
        name.hasPrefix(":") ? group(String(name.dropFirst())) == getegid() : user(name) == geteuid()
    }

    /// Groups with many members need more room than most.
    private static func entry<T>(_ read: (UnsafeMutablePointer<CChar>, Int) -> (Int32, T?)) -> T? {
        var capacity = 4096
        while capacity <= 1 << 22 {
            let (code, found) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
                buffer.baseAddress.map { read($0, buffer.count) } ?? (ENOMEM, nil)
            }
            if code != ERANGE { return found }
            capacity *= 4
        }
        return nil
    }
}
