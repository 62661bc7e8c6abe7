import ChildProcess
import Fixtures
import Foundation
import Model
import Repository
import Testing

/// Runs a program of the system; its standard output.
@discardableResult
func run(
    _ program: String, _ arguments: [String], in folder: String, input: [UInt8] = [],
    environment: [String: String] = [:]
) async throws -> [UInt8] {
    let command = Command(
        program, arguments, environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }, in: folder,
        input: input)
    let ended = try await command.run { child in
        async let errors = child.errors.collect(atMost: 1 << 16)
        let output = await child.output.collect(atMost: 1 << 20)
        let complaint = await errors
        _ = await child.waitForExit()
        return (output, String(decoding: complaint, as: UTF8.self))
    }
    guard ended.status.isSuccess else { throw GitProgram.Failure(text: ended.result.1) }
    return ended.result.0
}

/// Ada's keys for ssh, and a repository whose commits she signs with the real `git` and `ssh-keygen`.
struct SSHSigner {
    let git: GitProgram
    let keys: TemporaryFolder

    /// `ed25519`, `ecdsa-384`, `rsa-3072`, …
    init(_ kinds: [String] = ["ed25519"]) async throws {
        (git, keys) = (try await GitProgram(), try TemporaryFolder())
        for kind in kinds { try await make(kind, kind) }
    }

    func make(_ kind: String, _ name: String) async throws {
        let parts = kind.split(separator: "-").map(String.init)
        let bits = parts.count > 1 ? ["-b", parts[1]] : []
        try await run(
            "/usr/bin/ssh-keygen", ["-q", "-t", parts[0], "-N", "", "-C", "", "-f", name] + bits,
            in: keys.path)
    }

    /// `ssh-ed25519 AAAA…`
    func line(_ name: String = "ed25519") throws -> String {
        try String(contentsOfFile: "\(keys.path)/\(name).pub", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func rule(_ signers: String, revoked: String? = nil) throws -> SignatureRule {
        SignatureRule(
            allowedSigners: try keys.write(signers, to: "allowed_signers"),
            revokedKeys: try revoked.map { try keys.write($0, to: "revoked") })
    }

    @discardableResult
    func commit(signedWith key: String = "ed25519") async throws -> ObjectID {
        try await git(
            [
                "-c", "gpg.format=ssh", "-c", "user.signingkey=\(keys.path)/\(key)", "commit", "--quiet",
                "-S",
                "--allow-empty", "--message", "change",
            ])
        return try await git.id("HEAD")
    }

    /// A commit object as it is.
    func text(of commit: ObjectID) async throws -> String {
        try await git(["cat-file", "commit", commit.description]) + "\n"
    }
    func write(_ text: String) async throws -> ObjectID {
        let id = try await git(
            ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], input: Array(text.utf8))
        return try #require(ObjectID(id))
    }
    /// An unsigned commit's object with this as its signature.
    func write(_ unsigned: String, signature: String) async throws -> ObjectID {
        let lines = signature.split(separator: "\n").joined(separator: "\n ")
        return try await write(unsigned.replacing("\n\n", with: "\ngpgsig \(lines)\n\n", maxReplacements: 1))
    }

    /// Why the rule does not let it in, on one line or two; nil where it does.
    func refusal(of commit: ObjectID, by rule: SignatureRule, now: Int = 1_800_000_000) async throws
        -> String?
    {
        let repository = try await LocalRepository.open(git.path, searching: true)
        let found = try await repository.refusal(of: try await repository.commit(commit), by: rule, now: now)
        return found?.description.replacing(
            "error: commit \(commit.description.prefix(7)) by Ada is refused: ", with: "")
    }
}
