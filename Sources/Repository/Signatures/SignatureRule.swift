import CGit2
import ChildProcess
import Foundation
package import Model

/// Whose signatures a source's commits need. The files are read anew for each commit, so that a key that is added or
/// taken away counts from the next one on.
package struct SignatureRule: Hashable, Sendable {
    /// Absolute paths: OpenSSH's allowed-signers file, public keys that are believed no more, an OpenPGP keyring.
    package var allowedSigners: String?
    package var revokedKeys: String?
    package var keyring: String?

    package init(allowedSigners: String? = nil, revokedKeys: String? = nil, keyring: String? = nil) {
        (self.allowedSigners, self.revokedKeys, self.keyring) = (allowedSigners, revokedKeys, keyring)
    }

    /// What keeps it from being used at all.
    package func check() throws(GitError) {
        let operation = "check signatures"
        if let allowedSigners { _ = try signers(allowedSigners, operation) }
        _ = try revoked(operation)
        guard let keyring else { return }
        let bytes = try read(keyring, "keyring", operation)
        guard !bytes.starts(with: Data("-----BEGIN".utf8)) else {
            throw GitError(
                .other, operation, "keyring '\(keyring)' is armoured, and gpgv reads none such",
                hint: "write it with 'gpg --export', or convert it with 'gpg --dearmor'")
        }
        guard access(OpenPGPCheck.program, X_OK) == 0 else {
            throw GitError(
                .other, operation, "'\(OpenPGPCheck.program)' is not there", hint: "apt-get install gpgv")
        }
    }

    private func signers(_ file: String, _ operation: String) throws(GitError) -> AllowedSigners {
        let text = String(decoding: try read(file, "allowed signers", operation), as: UTF8.self)
        do throws(AllowedSigners.Failure) { return try AllowedSigners(text) } catch {
            throw GitError(
                .other, operation, "line \(error.line) of '\(file)': \(error.cause)", hint: error.hint)
        }
    }

    private func revoked(_ operation: String) throws(GitError) -> RevokedKeys? {
        guard let file = revokedKeys else { return nil }
        let text = String(decoding: try read(file, "revoked keys", operation), as: UTF8.self)
        do throws(AllowedSigners.Failure) { return try RevokedKeys(text) } catch {
            throw GitError(
                .other, operation, "line \(error.line) of '\(file)': \(error.cause)", hint: error.hint)
        }
    }

    private func read(_ file: String, _ what: String, _ operation: String) throws(GitError) -> Data {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw GitError(.other, operation, "\(what) '\(file)' can't be read")
        }
        return bytes
    }
}

extension SignatureRule {
    /// Who has signed, in the words of the file that names them. Throws a flaw, or a `GitError` where that can't be told.
    fileprivate func signer(
        of object: SignedObject, committedAt time: Int, now: Int, _ operation: String
    ) async throws -> String {
        guard let signature = object.signature else {
            throw SignatureFlaw(
                "it is not signed", hint: "sign it with 'git commit -S --amend', and push that")
        }
        if signature.hasPrefix(SSHSignature.header) {
            guard let file = allowedSigners else {
                throw SignatureFlaw("it is signed with ssh, and 'signatures' names no allowed signers")
            }
            return try signer(ssh: signature, object.payload, [time, now], file, operation)
        }
        if signature.hasPrefix(OpenPGPCheck.header) {
            guard let keyring else {
                throw SignatureFlaw("it is signed with OpenPGP, and 'signatures' names no keyring")
            }
            return try await OpenPGPCheck(keyring: keyring).check(signature, over: object.payload, operation)
        }
        throw SignatureFlaw(
            "its signature begins with '\(signature.prefix { !$0.isNewline }.shown)'",
            hint: "sign with ssh or OpenPGP")
    }

    private func signer(
        ssh text: String, _ payload: [UInt8], _ moments: [Int], _ file: String, _ operation: String
    ) throws -> String {
        let (signers, revoked) = (try signers(file, operation), try revoked(operation))
        let signature = try SSHSignature(armoured: text)
        guard signature.namespace == "git" else {
            let namespace = signature.namespace.shown
            throw SignatureFlaw("its signature is for namespace '\(namespace)', and commits are for 'git'")
        }
        if revoked?.contains(signature.key) ?? false {
            throw SignatureFlaw("its key \(signature.key.fingerprint) is revoked")
        }
        let signer = try signers.signer(signature.key, at: moments, file: file)
        guard try signature.signs(payload) else {
            throw SignatureFlaw("its signature by \(signature.key.fingerprint) is over something else")
        }
        return signer
    }
}

extension LocalRepository {
    /// Why the rule does not let this commit in; nil where it does. Only this one commit has to be signed: who signs
    /// answers for what it contains. `now` is in seconds since 1970.
    package func refusal(
        of commit: Commit, by rule: SignatureRule, now: Int = Int(Date().timeIntervalSince1970)
    ) async throws(GitError) -> Diagnostic? {
        let operation = "check the signature of commit \(commit.id.short)"
        do {
            let bytes = try await lend { (database) throws(GitError) in
                try database.object(commit.id, GIT_OBJECT_COMMIT).withObjectBytes { Array($0) }
            }
            let object = try bytes.withUnsafeBytes { (bytes) throws(SignatureFlaw) in
                try SignedObject(commit: bytes)
            }
            _ = try await rule.signer(of: object, committedAt: commit.time, now: now, operation)
            return nil
        } catch let flaw as SignatureFlaw {
            let author = commit.author.isEmpty ? "" : " by \(commit.author.shown)"
            return Diagnostic(
                .error, "commit \(commit.id.short)\(author) is refused: \(flaw.message)", hint: flaw.hint)
        } catch let error as GitError {
            throw error
        } catch {
            throw GitError(.other, operation, "\(error)")
        }
    }
}
