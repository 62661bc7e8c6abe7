import Fixtures
import Foundation
import Model
import Repository
import Testing

/// Commits signed by the real `git` with keys of the real `gpg`, in a home of its own.
@Suite(.enabled(if: OpenPGPSigner.isPossible, "gpg and gpgv are needed"))
struct OpenPGPSignatureTests {
    @Test func `a commit that a key of the keyring signed is let in, another is not`() async throws {
        let ada = try await OpenPGPSigner()
        let commit = try await ada.commit()
        let rule = SignatureRule(keyring: try await ada.keyring())
        #expect(try await ada.refusal(of: commit, by: rule) == nil)
        let text = try await ada.git(["cat-file", "commit", commit.description]) + "\n"
        let forged = try await ada.git(
            ["hash-object", "-t", "commit", "-w", "--stdin"],
            input: Array(text.replacing("change", with: "chance").utf8))
        #expect(
            try await ada.refusal(of: try #require(ObjectID(forged)), by: rule)?.contains(
                "is over something else") == true)
        let other = try await OpenPGPSigner()
        let stranger = SignatureRule(keyring: try await other.keyring())
        #expect(
            try await ada.refusal(of: commit, by: stranger)?.contains(
                "is not in '\(other.home.path)/keyring.gpg'\n  hint: add it there ('gpg --export')") == true)
        let ssh = SignatureRule(allowedSigners: try ada.home.write("", to: "none"))
        #expect(
            try await ada.refusal(of: commit, by: ssh)?.contains(
                "it is signed with OpenPGP, and 'signatures' names no keyring") == true)
    }

    @Test func `a key that has run out or was revoked counts no more`() async throws {
        let ada = try await OpenPGPSigner()
        let commit = try await ada.commit()
        let name = try await ada.fingerprint()
        try await ada.gpg([
            "--faked-system-time", "20200102T000000!", "--quick-set-expire", name, "2020-02-01",
        ])
        let late = SignatureRule(keyring: try await ada.keyring())
        #expect(try await ada.refusal(of: commit, by: late)?.contains("has run out") == true)

        let ann = try await OpenPGPSigner()
        let signed = try await ann.commit()
        let file = "\(ann.home.path)/openpgp-revocs.d/\(try await ann.fingerprint()).rev"
        let certificate = try String(contentsOfFile: file, encoding: .utf8).replacing(":-----", with: "-----")
        try await ann.gpg(["--import", try ann.home.write(certificate, to: "revoke.asc")])
        let revoked = SignatureRule(keyring: try await ann.keyring())
        #expect(try await ann.refusal(of: signed, by: revoked)?.contains("is revoked") == true)
    }

    @Test func `a signature over SHA-1 is refused, though it is right`() async throws {
        let ada = try await OpenPGPSigner()
        try ada.home.write("digest-algo SHA1\n", to: "gpg.conf")
        let commit = try await ada.commit()
        let rule = SignatureRule(keyring: try await ada.keyring())
        #expect(
            try await ada.refusal(of: commit, by: rule)?.hasSuffix(
                "its OpenPGP signature is over MD5, SHA-1 or RIPEMD-160\n  hint: sign with SHA-256") == true)
    }

    @Test func `a keyring that can't be used is the machine's trouble, and said before`() async throws {
        let ada = try await OpenPGPSigner()
        let armoured = try ada.home.write("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", to: "keys.asc")
        let error = #expect(throws: GitError.self) { try SignatureRule(keyring: armoured).check() }
        #expect(error?.hint == "write it with 'gpg --export', or convert it with 'gpg --dearmor'")
        let missing = #expect(throws: GitError.self) { try SignatureRule(keyring: "/no/such").check() }
        #expect(missing?.message == "keyring '/no/such' can't be read")
        try SignatureRule(keyring: try await ada.keyring()).check()
    }
}

/// Ada, who has one Ed25519 key and a repository.
final class OpenPGPSigner: Sendable {
    let git: GitProgram
    let home: TemporaryFolder

    static let isPossible = ["gpg", "gpgv", "gpgconf"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
    }
    private var environment: [String: String] { ["GNUPGHOME": home.path, "PATH": "/usr/bin:/bin"] }

    init() async throws {
        (git, home) = (try await GitProgram(), try TemporaryFolder())
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: home.path)
        try await gpg([
            "--faked-system-time", "20200101T000000!", "--quick-gen-key", "Ada", "ed25519", "sign", "0",
        ])
    }
    deinit {
        let (folder, environment) = (home, environment)
        // Its agent goes with its home, and the folder is there until it has gone.
        Task {
            try await run("/usr/bin/gpgconf", ["--kill", "all"], in: folder.path, environment: environment)
        }
    }

    @discardableResult
    func gpg(_ arguments: [String]) async throws -> String {
        let output = try await run(
            "/usr/bin/gpg",
            ["--batch", "--yes", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"] + arguments,
            in: home.path, environment: environment)
        return String(decoding: output, as: UTF8.self)
    }

    func fingerprint() async throws -> String {
        let lines = try await gpg(["--with-colons", "--list-keys"]).split(separator: "\n")
        return try #require(lines.first { $0.hasPrefix("fpr:") }?.split(separator: ":").last.map(String.init))
    }
    func keyring() async throws -> String {
        try await gpg(["--output", home.path + "/keyring.gpg", "--export"])
        return home.path + "/keyring.gpg"
    }
    func commit() async throws -> ObjectID {
        try await git(
            ["-c", "user.signingkey=Ada", "commit", "--quiet", "-S", "--allow-empty", "--message", "change"],
            environment: environment)
        return try await git.id("HEAD")
    }
    func refusal(of commit: ObjectID, by rule: SignatureRule) async throws -> String? {
        let repository = try await LocalRepository.open(git.path, searching: true)
        return try await repository.refusal(of: try await repository.commit(commit), by: rule)?.description
    }
}
