import Fixtures
import Repository
import Testing

@Suite(.enabled(if: HTTPServer.isPossible, "python3 and git http-backend are needed"))
struct HTTPSTests {
    private func fetch(
        _ url: String, _ credentials: Credentials = .none, caFile: String?
    ) async throws(GitError) -> FetchReport {
        guard let folder = try? TemporaryFolder() else { throw GitError(.other, "make a folder", "none") }
        let remote = Remote(try RemoteURL(url), credentials: credentials, caFile: caFile)
        return try await Mirror(remote, in: folder.path, child: fetchChild).fetch()
    }

    @Test(arguments: ["", "s3cret"])
    func `a repository is fetched, with a token where one is wanted`(token: String) async throws {
        let git = try await GitProgram()
        try git.write("x", to: "a.yaml")
        let commit = try await git.commit()
        let server = try await HTTPServer(git.path + "/.git", token: token)
        let credentials = token.isEmpty ? Credentials.none : .token(token)
        let report = try await fetch(server.url, credentials, caFile: server.authority)
        #expect(report.references == ["refs/heads/main": commit])
        #expect(report.receivedObjects == 3 && report.receivedBytes > 0)
    }

    @Test func `a redirection is followed on the same server`() async throws {
        let git = try await GitProgram()
        let commit = try await git.commit()
        let server = try await HTTPServer(git.path + "/.git", token: "s3cret")
        let moved = server.url.replacing("/infra.git", with: "/moved.git")
        let report = try await fetch(moved, .token("s3cret"), caFile: server.authority)
        #expect(report.references["refs/heads/main"] == commit)
    }

    @Test func `what the server or its certificate says against it is said`() async throws {
        let git = try await GitProgram()
        try await git.commit()
        let server = try await HTTPServer(git.path + "/.git", token: "s3cret")
        let authority = server.authority
        let base = server.url.replacing("/infra.git", with: "")
        let cases: [(String, Credentials, String?, GitError.Code, String, String?)] = [
            (
                "/infra.git", .token("wr0ng"), authority, .authentication, "the server refuses the token",
                "check that it is valid and may read this repository"
            ),
            (
                "/infra.git", .password(user: "ada", password: "wr0ng"), authority, .authentication,
                "the server refuses the password", "check that it is valid and may read this repository"
            ),
            (
                "/infra.git", .none, authority, .authentication,
                "the server wants credentials, and none are configured", nil
            ),
            (
                "/infra.git", .token("s3cret"), nil, .certificate,
                "the certificate of 'localhost' is not signed by an authority we believe",
                "name its authority's PEM file as caFile"
            ),
            (
                "/other.git", .token("s3cret"), authority, .missing, "the server has no such repository",
                "check the path, and that the credentials may read it"
            ),
            (
                "/offsite.git", .token("s3cret"), authority, .network,
                "the server sends us to another address",
                "configure the address where the repository is now"
            ),
            (
                "/downgrade.git", .token("s3cret"), authority, .network,
                "the server sends us to another address",
                "configure the address where the repository is now"
            ),
            (
                "/infra.git", .token("s3cret"), "/etc/hostname", .settings,
                "caFile '/etc/hostname' can't be read as PEM certificates", nil
            ),
        ]
        for (path, credentials, caFile, code, message, hint) in cases {
            let error = await #expect(throws: GitError.self) {
                _ = try await fetch(base + path, credentials, caFile: caFile)
            }
            #expect(error?.code == code, "\(path) \(message)")
            #expect(error?.operation == "fetch \(base + path)")
            #expect(error?.message == message)
            #expect(error?.hint == hint)
        }
    }

    @Test func `another authority is not believed`() async throws {
        let git = try await GitProgram()
        try await git.commit()
        let server = try await HTTPServer(git.path + "/.git")
        let other = try await HTTPServer(git.path + "/.git")
        let error = await #expect(throws: GitError.self) {
            _ = try await fetch(server.url, caFile: other.authority)
        }
        #expect(error?.code == .certificate)
        #expect(error?.hint == "check that caFile holds its authority")
    }
}
