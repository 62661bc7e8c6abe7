import CGit2
import Foundation
import Glibc

/// What libgit2 asks and tells while it fetches. It passes the errors of a callback on only as a number, so the
/// error itself is kept here.
final class FetchCallbacks {
    private let remote: Remote
    private let operation: String
    private let say: (FetchEvent) -> Void
    let hosts: KnownHosts?
    private var progress = FetchProgress(stage: .starting)
    private var lastSaid = ContinuousClock.now
    private var failure: GitError?
    private var hasOfferedCredentials = false

    init(_ remote: Remote, _ operation: String, _ say: @escaping (FetchEvent) -> Void) throws(GitError) {
        (self.remote, self.operation, self.say) = (remote, operation, say)
        guard remote.url.scheme == .ssh else {
            hosts = nil
            return
        }
        guard let file = remote.knownHosts else {
            throw GitError(
                .settings, operation, "ssh needs a known_hosts file", hint: "make one with 'ssh-keyscan HOST'"
            )
        }
        guard let text = try? Data(contentsOf: URL(filePath: file)) else {
            throw GitError(.settings, operation, "known_hosts file '\(file)' can't be read")
        }
        hosts = KnownHosts(String(decoding: text, as: UTF8.self))
    }

    /// For libgit2; valid as long as `self`.
    var raw: git_remote_callbacks {
        var callbacks = git_remote_callbacks()
        git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.credentials = { out, _, user, allowed, payload in
            FetchCallbacks.from(payload)?.offerCredentials(out, allowed: allowed) ?? -1
        }
        callbacks.certificate_check = { certificate, valid, _, payload in
            FetchCallbacks.from(payload)?.checkCertificate(certificate, isValid: valid == 1) ?? -1
        }
        callbacks.transfer_progress = { stats, payload in
            guard let stats, let callbacks = FetchCallbacks.from(payload) else { return -1 }
            return callbacks.note(stats.pointee)
        }
        callbacks.sideband_progress = { _, _, payload in
            FetchCallbacks.from(payload)?.sayProgress()
            return 0
        }
        return callbacks
    }

    private static func from(_ payload: UnsafeMutableRawPointer?) -> FetchCallbacks? {
        payload.map { Unmanaged<FetchCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }

    func enter(_ stage: FetchProgress.Stage) {
        progress.stage = stage
        say(.progress(progress))
        lastSaid = .now
    }

    /// Throws what a callback refused, or else libgit2's own error.
    func check(_ status: Int32) throws(GitError) {
        guard status < 0 else { return }
        throw failure ?? FetchFailure(status, remote, operation).error
    }

    private func refuse(_ code: GitError.Code, _ message: String, hint: String? = nil) -> Int32 {
        failure = GitError(code, operation, message, hint: hint)
        return GIT_EUSER.rawValue
    }

    private func note(_ stats: git_indexer_progress) -> Int32 {
        progress.receivedObjects = Int(stats.received_objects)
        progress.totalObjects = Int(stats.total_objects)
        progress.receivedBytes = stats.received_bytes
        guard progress.receivedBytes <= remote.limits.bytes else {
            return refuse(
                .tooLarge, "the server sends more than \(remote.limits.bytes) bytes",
                hint: "raise the limit, or fetch fewer references")
        }
        sayProgress()
        return 0
    }

    /// Several times a second at most.
    private func sayProgress() {
        guard .now - lastSaid > .milliseconds(100) else { return }
        say(.progress(progress))
        lastSaid = .now
    }
}

extension FetchCallbacks {
    private func offerCredentials(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, allowed: UInt32
    ) -> Int32 {
        if allowed == GIT_CREDENTIAL_USERNAME.rawValue {
            return git_credential_username_new(out, remote.url.user ?? "git")
        }
        guard !hasOfferedCredentials else { return refuseCredentials() }
        hasOfferedCredentials = true
        switch remote.credentials {
        case .token(let token) where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0:
            return git_credential_userpass_plaintext_new(out, "oauth2", token)
        case .password(let user, let password) where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0:
            return git_credential_userpass_plaintext_new(out, user, password)
        case .sshKey(let file, let passphrase) where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0:
            guard access(file, R_OK) == 0 else {
                return refuse(.settings, "key file '\(file)' can't be read")
            }
            return git_credential_ssh_key_new(out, remote.url.user ?? "git", nil, file, passphrase)
        case .none:
            return refuse(.authentication, "the server wants credentials, and none are configured")
        case .token, .password, .sshKey:
            return refuse(.authentication, "the server takes no \(remote.credentials.kind)")
        }
    }

    private func refuseCredentials() -> Int32 {
        guard case .sshKey(let file, _) = remote.credentials else {
            return refuse(
                .authentication, "the server refuses the \(remote.credentials.kind)",
                hint: "check that it is valid and may read this repository")
        }
        let hint =
            Self.isRSA(file)
            ? "this machine's libssh2 signs for RSA keys with SHA-1, which servers refuse: use an Ed25519 key"
            : "check that the server knows its public key, and its passphrase"
        return refuse(.authentication, "the server refuses key '\(file)'", hint: hint)
    }

    private static func isRSA(_ file: String) -> Bool {
        guard let text = try? String(contentsOf: URL(filePath: file), encoding: .utf8) else { return false }
        if text.contains("BEGIN RSA") { return true }
        let base64 = text.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        return Data(base64Encoded: base64)?.range(of: Data("ssh-rsa".utf8)) != nil
    }

    private func checkCertificate(_ certificate: UnsafeMutablePointer<git_cert>?, isValid: Bool) -> Int32 {
        guard let certificate else { return -1 }
        if let hosts {
            guard certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else {
                return refuse(.unknownHost, "the server shows no host key")
            }
            return certificate.withMemoryRebound(to: git_cert_hostkey.self, capacity: 1) { host in
                check(host.pointee, hosts)
            }
        }
        guard isValid else {
            return refuse(
                .certificate,
                "the certificate of '\(remote.url.host)' is not signed by an authority we believe",
                hint: remote.caFile == nil
                    ? "name its authority's PEM file as caFile" : "check that caFile holds its authority")
        }
        return 0
    }

    private func check(_ certificate: git_cert_hostkey, _ hosts: KnownHosts) -> Int32 {
        guard certificate.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let bytes = certificate.hostkey
        else {
            return refuse(.unknownHost, "the server shows no host key")
        }
        let key = Data(bytes: bytes, count: certificate.hostkey_len)
        let (kind, print) = (KnownHosts.kind(of: key), KnownHosts.fingerprint(of: key))
        let name = KnownHosts.name(of: remote.url.host, port: remote.url.port ?? 22)
        let file = remote.knownHosts ?? ""
        switch hosts.verdict(on: key, of: remote.url.host, port: remote.url.port ?? 22) {
        case .known: return 0
        case .unknown:
            return refuse(
                .unknownHost, "host '\(name)' is not in '\(file)'; its key is \(kind) \(print)",
                hint: "compare that with what its operator publishes, then add: "
                    + "\(name) \(kind) \(key.base64EncodedString())")
        case .changed(let line):
            return refuse(
                .changedHost,
                "host '\(name)' has another key than line \(line) of '\(file)': \(kind) \(print)",
                hint: "somebody may be listening; ask its operator before you replace that line")
        case .revoked(let line):
            return refuse(.changedHost, "the key of host '\(name)' is revoked by line \(line) of '\(file)'")
        }
    }
}

extension Credentials {
    fileprivate var kind: String {
        switch self {
        case .none: "credentials"
        case .token: "token"
        case .password: "password"
        case .sshKey: "ssh key"
        }
    }
}
