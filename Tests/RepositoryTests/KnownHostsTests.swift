import Foundation
import Testing

@testable import Repository

struct KnownHostsTests {
    /// A public key of a kind, as ssh sends it, told from others by one byte.
    private static func key(_ kind: String, _ byte: UInt8) -> Data {
        Data([0, 0, 0, UInt8(kind.utf8.count)]) + Data(kind.utf8) + Data([0, 0, 0, 1, byte])
    }
    private static func line(_ hosts: String, _ kind: String, _ byte: UInt8) -> String {
        "\(hosts) \(kind) \(key(kind, byte).base64EncodedString()) a comment\n"
    }
    private static let text =
        "# a comment\n\nno line at all\nh ssh-ed25519 ???\n"
        + line("one.example.com,10.0.0.1", "ssh-ed25519", 1)
        + line("*.wild.com,!bad.wild.com", "ssh-ed25519", 2) + line("[port.com]:2222", "ssh-ed25519", 3)
        + "@revoked " + line("*", "ssh-ed25519", 4) + "@cert-authority " + line("*", "ssh-ed25519", 5)
        + line("one.example.com", "ecdsa-sha2-nistp256", 6) + line("w?ld.org", "ssh-ed25519", 7)

    @Test(arguments: [
        ("one.example.com", 22, "ssh-ed25519", 1 as UInt8, KnownHosts.Verdict.known),
        ("ONE.example.COM", 22, "ssh-ed25519", 1, .known),
        ("10.0.0.1", 22, "ssh-ed25519", 1, .known),
        ("one.example.com", 22, "ecdsa-sha2-nistp256", 6, .known),
        ("one.example.com", 22, "ssh-ed25519", 9, .changed(line: 5)),
        ("one.example.com", 22, "ssh-rsa", 1, .unknown(recorded: ["ssh-ed25519", "ecdsa-sha2-nistp256"])),
        ("one.example.com", 2222, "ssh-ed25519", 1, .unknown(recorded: [])),
        ("port.com", 2222, "ssh-ed25519", 3, .known),
        ("port.com", 22, "ssh-ed25519", 3, .unknown(recorded: [])),
        ("a.wild.com", 22, "ssh-ed25519", 2, .known),
        ("a.b.wild.com", 22, "ssh-ed25519", 2, .known),
        ("bad.wild.com", 22, "ssh-ed25519", 2, .unknown(recorded: [])),
        ("wild.com", 22, "ssh-ed25519", 2, .unknown(recorded: [])),
        ("wild.org", 22, "ssh-ed25519", 7, .known),
        ("one.example.com", 22, "ssh-ed25519", 4, .revoked(line: 8)),
        ("stranger.com", 22, "ssh-ed25519", 5, .unknown(recorded: [])),
    ])
    func `hosts and keys are compared as OpenSSH does`(
        host: String, port: Int, kind: String, byte: UInt8, verdict: KnownHosts.Verdict
    ) {
        #expect(KnownHosts(Self.text).verdict(on: Self.key(kind, byte), of: host, port: port) == verdict)
    }

    @Test func `a hashed name is known by its HMAC`() {
        // Salt, and HMAC-SHA1 of 'git.example.com' by Python's own.
        let hosts = "|1|c2FsdHNhbHRzYWx0c2FsdHM=|\(Self.hash)"
        let known = KnownHosts(Self.line(hosts, "ssh-ed25519", 1))
        #expect(known.verdict(on: Self.key("ssh-ed25519", 1), of: "git.example.com", port: 22) == .known)
        #expect(
            known.verdict(on: Self.key("ssh-ed25519", 1), of: "x.example.com", port: 22)
                == .unknown(recorded: []))
    }
    private static let hash = "FA10LkjGPqw0u200QFGAyIFtMdg="

    @Test(arguments: [[], [0], [0, 0, 0, 200, 65], [255, 255, 255, 255, 65]] as [[UInt8]])
    func `a key that is none has no kind worth believing`(bytes: [UInt8]) {
        #expect(
            KnownHosts(Self.text).verdict(on: Data(bytes), of: "one.example.com", port: 22)
                == .unknown(recorded: ["ssh-ed25519", "ecdsa-sha2-nistp256"]))
    }
}
