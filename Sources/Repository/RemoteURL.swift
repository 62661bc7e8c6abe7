/// Where a repository is fetched from, without credentials: they are settings of their own.
package struct RemoteURL: Hashable, Sendable, Codable {
    package enum Scheme: String, Hashable, Sendable, Codable { case file, https, http, ssh }
    package let scheme: Scheme
    /// Of ssh alone.
    package let user: String?
    /// Empty for files. An IPv6 address has no brackets.
    package let host: String
    /// Nil for the scheme's own.
    package let port: Int?
    /// As the server is asked for it; a query is no part of it.
    package let path: String
    private let query: String?
    /// `user@host:path`, with a path that starts at the user's home.
    private let isShort: Bool

    /// `/path`, `file:///path`, `https://host/path`, `ssh://user@host:port/path` or `user@host:path`. `http` is
    /// taken only for this machine itself, unless `allowsPlainHTTP`.
    package init(_ text: String, allowsPlainHTTP: Bool = false) throws(GitError) {
        let shown = text.prefix { $0 != "?" && $0 != "#" }.split(separator: "@").last.map(String.init) ?? ""
        func wrong(_ cause: String, hint: String? = nil) -> GitError {
            GitError(.settings, "read URL '\(shown)'", cause, hint: hint)
        }
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7f })
        else {
            throw wrong("it is empty, or has a space or control character in it")
        }
        guard let parts = Parts(text) else {
            throw wrong(
                "it is neither a path nor a file, https or ssh URL",
                hint: "write 'https://host/path', 'ssh://git@host/path' or '/path'")
        }
        guard parts.password == nil, parts.scheme == .ssh || parts.user == nil else {
            throw wrong("it has credentials in it", hint: "put them into the source's credentials")
        }
        guard parts.scheme == .file ? parts.host.isEmpty : Self.isHost(parts.host) else {
            throw wrong(parts.scheme == .file ? "a file has no host" : "it has no valid host")
        }
        if let port = parts.port, Int(port).map({ (1...65_535).contains($0) }) != true {
            throw wrong("'\(port)' is not a port")
        }
        guard parts.scheme != .http || allowsPlainHTTP || Self.isLoopback(parts.host) else {
            throw wrong("http shows everything to everybody on the way", hint: "use https")
        }
        (scheme, host, path, query, isShort) = (
            parts.scheme, parts.host, parts.path, parts.query, parts.isShort
        )
        user = parts.scheme == .ssh ? parts.user ?? "git" : nil
        port = parts.port.flatMap { Int($0) }
    }

    private static func isHost(_ host: String) -> Bool {
        !host.isEmpty && !host.hasPrefix("-")
            && host.utf8.allSatisfy { $0 < 0x80 && ($0 > 0x2c && $0 != 0x2f || $0 == 0x25) && $0 != 0x40 }
    }
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 0x2e || 0x30...0x39 ~= $0 }
    }

    /// As libgit2 wants it, with its query.
    var complete: String { description + (query.map { "?\($0)" } ?? "") }
}

/// Fit to be shown: no query, no credentials.
extension RemoteURL: CustomStringConvertible {
    package var description: String {
        guard scheme != .file else { return path }
        let bracketed = host.contains(":") ? "[\(host)]" : host
        let login = user.map { "\($0)@" } ?? ""
        guard !isShort else { return "\(login)\(bracketed):\(path)" }
        return "\(scheme.rawValue)://\(login)\(bracketed)\(port.map { ":\($0)" } ?? "")\(path)"
    }
}

private struct Parts {
    var scheme: RemoteURL.Scheme
    var (user, password, port, query): (String?, String?, String?, String?)
    var (host, path) = ("", "")
    var isShort = false

    /// Nil where the text has none of the forms.
    init?(_ text: String) {
        if text.hasPrefix("/") {
            (scheme, path) = (.file, text)
            return
        }
        guard let mark = text.firstRange(of: "://") else {
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
            scheme = .ssh
            take(authority: text[..<colon], hasPort: false)
            (path, isShort) = (String(text[text.index(after: colon)...]), true)
            guard !path.isEmpty else { return nil }
            return
        }
        guard let named = RemoteURL.Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else {
            return nil
        }
        scheme = named
        let rest = text[mark.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        take(authority: rest[..<slash], hasPort: true)
        let target = rest[slash...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(target.first ?? "")
        query = target.count > 1 ? String(target[1]) : nil
        guard path.count > 1 else { return nil }
    }

    private mutating func take(authority: Substring, hasPort: Bool) {
        var rest = authority
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = login.first.map(String.init)
            password = login.count > 1 ? String(login[1]) : nil
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            port = rest.hasPrefix(":") ? String(rest.dropFirst()) : rest.isEmpty ? nil : String(rest)
        } else if hasPort, let colon = rest.lastIndex(of: ":") {
            (host, port) = (String(rest[..<colon]), String(rest[rest.index(after: colon)...]))
        } else {
            host = String(rest)
        }
    }
}
