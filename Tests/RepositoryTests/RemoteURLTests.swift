import Repository
import Testing

struct RemoteURLTests {
    @Test(arguments: [
        ("/srv/infra.git", RemoteURL.Scheme.file, "", nil as Int?, "/srv/infra.git"),
        ("file:///srv/a b".replacing(" ", with: "%20"), .file, "", nil, "/srv/a%20b"),
        (
            "https://git.example.com/a/b.git", .https, "git.example.com", nil,
            "https://git.example.com/a/b.git"
        ),
        ("HTTPS://h:8443/a?token=x", .https, "h", 8443, "https://h:8443/a"),
        ("http://127.0.0.1:80/a", .http, "127.0.0.1", 80, "http://127.0.0.1:80/a"),
        ("http://[::1]/a", .http, "::1", nil, "http://[::1]/a"),
        ("ssh://deploy@h:2222/a", .ssh, "h", 2222, "ssh://deploy@h:2222/a"),
        ("ssh://h/a", .ssh, "h", nil, "ssh://git@h/a"),
        ("git@github.com:a/b.git", .ssh, "github.com", nil, "git@github.com:a/b.git"),
        ("git@h:/srv/b.git", .ssh, "h", nil, "git@h:/srv/b.git"),
    ])
    func `the forms that git knows are read`(
        text: String, scheme: RemoteURL.Scheme, host: String, port: Int?, shown: String
    ) throws {
        let url = try RemoteURL(text)
        #expect(url.scheme == scheme && url.host == host && url.port == port)
        #expect(url.description == shown)
    }

    @Test(arguments: [
        ("", "read URL '': it is empty, or has a space or control character in it"),
        (
            "https://h/a\nb",
            "read URL 'https://h/a\nb': it is empty, or has a space or control character in it"
        ),
        (
            "infra",
            "read URL 'infra': it is neither a path nor a file, https or ssh URL\n  hint: write 'https://host/path', 'ssh://git@host/path' or '/path'"
        ),
        (
            "ftp://h/a",
            "read URL 'ftp://h/a': it is neither a path nor a file, https or ssh URL\n  hint: write 'https://host/path', 'ssh://git@host/path' or '/path'"
        ),
        (
            "https://ada:c4nary@h/a",
            "read URL 'h/a': it has credentials in it\n  hint: put them into the source's credentials"
        ),
        (
            "https://c4nary@h/a?b",
            "read URL 'h/a': it has credentials in it\n  hint: put them into the source's credentials"
        ),
        (
            "ssh://a:b@h/a",
            "read URL 'h/a': it has credentials in it\n  hint: put them into the source's credentials"
        ),
        ("https:///a", "read URL 'https:///a': it has no valid host"),
        ("ssh://-oProxyCommand=x/a", "read URL 'ssh://-oProxyCommand=x/a': it has no valid host"),
        ("https://h:99999/a", "read URL 'https://h:99999/a': '99999' is not a port"),
        ("https://h:/a", "read URL 'https://h:/a': '' is not a port"),
        ("file://host/a", "read URL 'file://host/a': a file has no host"),
        (
            "http://example.com/a",
            "read URL 'http://example.com/a': http shows everything to everybody on the way\n  hint: use https"
        ),
        (
            "http://127.0.0.1.evil.com/a",
            "read URL 'http://127.0.0.1.evil.com/a': http shows everything to everybody on the way\n  hint: use https"
        ),
    ])
    func `what can't be meant is refused, and credentials are not shown`(text: String, message: String) throws
    {
        let error = #expect(throws: GitError.self) { _ = try RemoteURL(text) }
        #expect(error?.description == message)
    }

    @Test func `plain http is taken where it is allowed by name`() throws {
        #expect(try RemoteURL("http://example.com/a", allowsPlainHTTP: true).host == "example.com")
    }
}
