import Crypto
import Fixtures
import Foundation
import Testing

@testable import Repository

/// Commits signed by the real `git` with keys of the real `ssh-keygen`.
struct SSHSignatureTests {
    @Test(arguments: ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048", "rsa-4096"])
    func `a commit that a named key signed is let in`(kind: String) async throws {
        let ada = try await SSHSigner([kind])
        let commit = try await ada.commit(signedWith: kind)
        let rule = try ada.rule("# people\n\nada@example.com,ann \(try ada.line(kind)) a comment\n")
        #expect(try await ada.refusal(of: commit, by: rule) == nil)
        let narrow = try ada.rule(
            #"ada namespaces="git,file",valid-after="20230101",VALID-BEFORE="203001010000Z" \#(try ada.line(kind))"#
        )
        #expect(try await ada.refusal(of: commit, by: narrow) == nil)
    }

    @Test func `what is not signed by a named key is refused, and says why`() async throws {
        let ada = try await SSHSigner()
        try await ada.make("ed25519", "other")
        let (commit, plain) = (try await ada.commit(), try await ada.git.commit())
        let (key, other) = (try ada.line(), try ada.line("other"))
        let print =
            "ssh-ed25519 "
            + KnownHosts.fingerprint(
                of: try #require(Data(base64Encoded: String(key.split(separator: " ")[1]))))
        let file = ada.keys.path + "/allowed_signers"
        func refusal(_ signers: String, _ id: ObjectID? = nil, revoked: String? = nil) async throws -> String?
        {
            try await ada.refusal(of: id ?? commit, by: try ada.rule(signers, revoked: revoked))
        }
        #expect(
            try await refusal("ada \(key)", plain)
                == "it is not signed\n  hint: sign it with 'git commit -S --amend', and push that")
        #expect(
            try await refusal("ada \(other)")
                == "its key is \(print), which '\(file)' does not name\n  hint: add it there if its owner may change this source"
        )
        #expect(
            try await refusal("ada namespaces=\"file,!git,*\" \(key)")
                == "its key \(print) is for other namespaces than 'git' by line 1 of '\(file)'")
        let times = "\n  hint: both the commit's time and the present must be within its times"
        for option in ["valid-before=\"20230101Z\"", "valid-after=\"20240101\"", "valid-before=\"20260101\""]
        {
            #expect(
                try await refusal("\nada \(option) \(key)")
                    == "its key \(print) is not valid at this time by line 2 of '\(file)'" + times)
        }
        #expect(try await refusal("ada \(key)", revoked: "# gone\n\(key)\n") == "its key \(print) is revoked")
        #expect(try await refusal("ada \(key)", revoked: other) == nil)
        let keyring = SignatureRule(keyring: "/none")
        #expect(
            try await ada.refusal(of: commit, by: keyring)
                == "it is signed with ssh, and 'signatures' names no allowed signers")
    }

    @Test func `a signature over something else is refused`() async throws {
        let ada = try await SSHSigner()
        let rule = try ada.rule("ada \(try ada.line())")
        let text = try await ada.text(of: try await ada.commit())
        let refused =
            "its signature by \(try SSHPublicKey(line: try ada.line()).fingerprint) is over something else"
        #expect(try await ada.refusal(of: try await ada.write(text), by: rule) == nil)
        for (old, new) in [("change\n", "chance\n"), ("1700000100", "1700000101"), ("Ada", "Ann")] {
            let forged = try await ada.write(text.replacing(old, with: new, maxReplacements: 1))
            #expect(try await ada.refusal(of: forged, by: rule)?.hasSuffix(refused) == true)
        }
    }

    @Test func `a signature for another purpose, or a second one, is refused`() async throws {
        let ada = try await SSHSigner()
        let rule = try ada.rule("ada \(try ada.line())")
        let unsigned = try await ada.text(of: try await ada.git.commit())
        func signed(_ namespace: String) async throws -> String {
            let made = try await run(
                "/usr/bin/ssh-keygen", ["-Y", "sign", "-q", "-n", namespace, "-f", "ed25519"],
                in: ada.keys.path,
                input: Array(unsigned.utf8))
            return String(decoding: made, as: UTF8.self)
        }
        let (right, wrong) = (try await signed("git"), try await signed("file"))
        #expect(
            try await ada.refusal(of: try await ada.write(unsigned, signature: wrong), by: rule)
                == "its signature is for namespace 'file', and commits are for 'git'")
        let good = try await ada.write(unsigned, signature: right)
        #expect(try await ada.refusal(of: good, by: rule) == nil)
        let twice = try await ada.write(try await ada.text(of: good), signature: right)
        #expect(try await ada.refusal(of: twice, by: rule) == "it has more than one signature")
        let inMessage = try await ada.write(unsigned + "\ngpgsig " + right)
        #expect(try await ada.refusal(of: inMessage, by: rule)?.hasPrefix("it is not signed") == true)
    }

    @Test(arguments: [
        ("hello", "its signature begins with 'hello'\n  hint: sign with ssh or OpenPGP"),
        (
            "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----",
            "its signature begins with '-----BEGIN SIGNED MESSAGE-----'\n  hint: sign with ssh or OpenPGP"
        ),
        (
            "\(SSHSignature.header)\nAAAA\n\(SSHSignature.footer)",
            "its ssh signature is not in OpenSSH's form"
        ),
        ("\(SSHSignature.header)\n\u{1b}[2J\n", "its ssh signature is not in OpenSSH's form"),
        (
            "\(OpenPGPCheck.header)\n\n=AAAA",
            "it is signed with OpenPGP, and 'signatures' names no keyring"
        ),
    ])
    func `garbage is refused`(signature: String, words: String) async throws {
        let ada = try await SSHSigner()
        let unsigned = try await ada.text(of: try await ada.git.commit())
        let commit = try await ada.write(unsigned, signature: signature)
        #expect(try await ada.refusal(of: commit, by: try ada.rule("ada \(try ada.line())")) == words)
    }

    @Test func `an RSA signature over SHA-1 is refused, though it is right`() async throws {
        let ada = try await SSHSigner(["rsa-2048"])
        try await run(
            "/usr/bin/ssh-keygen", ["-p", "-q", "-m", "PEM", "-N", "", "-f", "rsa-2048"], in: ada.keys.path)
        let key = try SSHPublicKey(line: try ada.line("rsa-2048"))
        let message = Array("message".utf8)
        let body = try await run(
            "/usr/bin/openssl", ["dgst", "-sha1", "-sign", "rsa-2048"], in: ada.keys.path, input: message)
        let flaw = #expect(throws: SignatureFlaw.self) {
            try key.signed(message, with: Array("ssh-rsa".utf8).onWire + body.onWire)
        }
        #expect(flaw?.message == "its RSA signature is over SHA-1")
    }

    /// No such device is here; what it does is known (PROTOCOL.u2f), and `ssh-keygen` is asked whether it was done right.
    @Test func `a security key's signature counts`() async throws {
        let folder = try TemporaryFolder()
        let message = Array("a payload".utf8)
        for isCurve25519 in [true, false] {
            let (private25519, private256) = (Curve25519.Signing.PrivateKey(), P256.Signing.PrivateKey())
            let kind = isCurve25519 ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com"
            let point =
                isCurve25519
                ? Array(private25519.publicKey.rawRepresentation).onWire
                : Array("nistp256".utf8).onWire + Array(private256.publicKey.x963Representation).onWire
            let blob = Array(kind.utf8).onWire + point + Array("ssh:".utf8).onWire
            let digest = Array(SHA512.hash(data: message)).onWire
            let signed =
                Array("SSHSIG".utf8) + Array("git".utf8).onWire + [0, 0, 0, 0] + Array("sha512".utf8).onWire
                + digest
            let counted =
                Array(SHA256.hash(data: Array("ssh:".utf8))) + [1, 0, 0, 0, 7]
                + Array(SHA256.hash(data: signed))
            var body: [UInt8] = []
            if isCurve25519 {
                body = Array(try private25519.signature(for: counted))
            } else {
                let raw = Array(try private256.signature(for: counted).rawRepresentation)
                body = [raw[..<32], raw[32...]].flatMap { number in
                    let bare = Array(number.drop { $0 == 0 })
                    return ((bare.first ?? 0) > 127 ? [0] + bare : bare).onWire
                }
            }
            let signature = Array(kind.utf8).onWire + body.onWire + [1, 0, 0, 0, 7]
            let whole =
                Array("SSHSIG".utf8) + [0, 0, 0, 1] + blob.onWire + Array("git".utf8).onWire + [0, 0, 0, 0]
                + Array("sha512".utf8).onWire + signature.onWire
            #expect(try SSHSignature(whole).signs(message))
            #expect(try !SSHSignature(whole).signs(message + [1]))
            let armoured = [SSHSignature.header, Data(whole).base64EncodedString(), SSHSignature.footer]
            try folder.write(armoured.joined(separator: "\n") + "\n", to: "signature")
            try folder.write("ada \(kind) \(Data(blob).base64EncodedString())\n", to: "signers")
            let verify = ["-Y", "verify", "-f", "signers", "-I", "ada", "-n", "git", "-s", "signature"]
            try await run("/usr/bin/ssh-keygen", verify, in: folder.path, input: message)
        }
    }

    /// Every byte of it says something, or is signed.
    @Test func `no other bytes pass for a signature`() async throws {
        for kind in ["ed25519", "ecdsa-521", "rsa-2048"] {
            let ada = try await SSHSigner([kind])
            let message = Array("a payload".utf8)
            let made = try await run(
                "/usr/bin/ssh-keygen", ["-Y", "sign", "-q", "-n", "git", "-f", kind], in: ada.keys.path,
                input: message)
            let text = String(decoding: made, as: UTF8.self)
            let key = try SSHPublicKey(line: try ada.line(kind))
            #expect(try SSHSignature(armoured: text).signs(message))
            let bytes = Array(
                try #require(
                    Data(base64Encoded: text.split(separator: "\n").dropFirst().dropLast().joined())))
            func passes(_ bytes: [UInt8]) -> Bool {
                guard let signature = try? SSHSignature(bytes), signature.key.blob == key.blob,
                    signature.namespace == "git"
                else { return false }
                return (try? signature.signs(message)) ?? false
            }
            #expect(passes(bytes))
            for index in bytes.indices {
                var other = bytes
                other[index] ^= 1
                #expect(!passes(other), "\(kind), byte \(index)")
                #expect(!passes(Array(bytes[..<index])), "\(kind), \(index) bytes")
            }
            #expect(!passes(bytes + [0]))
        }
    }
}

extension SSHPublicKey {
    /// Of a `.pub` file's line.
    init(line: String) throws {
        let base64 = String(line.split(separator: " ")[1])
        try self.init(blob: try #require(Data(base64Encoded: base64)))
    }
}
