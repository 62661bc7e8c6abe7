import Fixtures
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(2)))
struct HTTPTrustTests {
    let client: HTTPClient
    init() throws { client = try HTTPClient() }

    @Test func `a server of an unknown authority is refused, and trusted by its file`() async throws {
        let authority = try Authority()
        let server = try TLSServer(authority)
        var request = HTTPRequest("https://localhost:\(server.port)/")
        let error = try await client.failure(request)
        #expect(
            error.description
                == "localhost:\(server.port): certificate is not trusted: unable to get local issuer certificate"
        )
        #expect(error.hint == "name the authority's certificate in 'caFile' where it is your own")
        #expect(error.kind == .untrusted && error.isRetryable == false && error.mayHaveBeenSent == false)

        request.caFile = authority.caFile
        #expect(try await client.send(request).status == 200)

        request.url = "https://127.0.0.1:\(server.port)/"
        let wrongName = try await client.failure(request)
        #expect(
            wrongName.cause == """
                certificate is not trusted: no alternative certificate subject name matches target host name \
                '127.0.0.1'
                """)
        request.caFile = authority.file("none.pem")
        let noFile = try await client.failure(request)
        #expect(noFile.cause == "certificates of authorities '\(authority.file("none.pem"))' can't be read")
    }

    @Test func `a server that wants a client's certificate gets it`() async throws {
        let authority = try Authority()
        let server = try TLSServer(authority, ["-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"])
        var request = HTTPRequest("https://localhost:\(server.port)/")
        request.caFile = authority.caFile
        _ = try await client.failure(request)
        request.clientCertificate = HTTPRequest.ClientCertificate(
            certificate: authority.file("client.pem"), key: authority.file("client.key"))
        #expect(try await client.send(request).status == 200)
    }

    @Test func `redirects are answers, unless they are asked to be followed`() async throws {
        let server = try redirecting()
        var request = HTTPRequest(server.url("/start"))
        #expect(try await client.send(request).status == 302)
        request.maxRedirects = 2
        #expect(try await client.send(request).text == "there")
        request.maxRedirects = 1
        let error = try await client.failure(request)
        #expect(error.description == "127.0.0.1:\(server.port): more than 1 redirects")
        request.maxRedirects = 2
        request.method = "POST"
        #expect(try await client.send(request).status == 302)
    }

    @Test func `another origin gets no secrets, and https never becomes http`() throws {
        var request = HTTPRequest(
            "https://user:password@one.example/a/b?q=1",
            headers: ["X-Vault-Token": "t", "Accept": "text/plain", "Cookie": "c"])
        request.clientCertificate = HTTPRequest.ClientCertificate(certificate: "c", key: "k")
        func next(_ location: String) throws -> HTTPRequest? {
            try request.redirected(by: HTTPResponseHead(status: 307, headers: ["Location": location]))
        }
        let same = try #require(try next("c?q=2"))
        #expect(same.url == "https://user:password@one.example/a/c?q=2")
        #expect(same.headers == request.headers && same.clientCertificate != nil)
        for other in ["https://two.example/", "//two.example/", "https://one.example:444/"] {
            let other = try #require(try next(other))
            #expect(other.headers == ["Accept": "text/plain"] && other.clientCertificate == nil)
            #expect(!other.url.contains("password"))
        }
        for (location, cause) in [
            ("http://one.example/", "redirected from https to http"),
            ("ftp://one.example/canary", "redirected: URL is neither http nor https"),
        ] {
            let error = #expect(throws: HTTPError.self) { try next(location) }
            #expect(error?.description == "one.example: \(cause)")
        }
    }

    private func redirecting() throws -> RawServer {
        try RawServer { connection in
            let path = connection.readHead().split(separator: " ").dropFirst().first
            switch path {
            case "/start":
                connection.write("HTTP/1.1 302 Found\r\nLocation: /middle\r\nContent-Length: 0\r\n\r\n")
            case "/middle":
                connection.write("HTTP/1.1 307 X\r\nLocation: end\r\nContent-Length: 4\r\n\r\nskip")
            default: connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere")
            }
        }
    }
}
