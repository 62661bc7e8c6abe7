import Testing

@testable import Repository

struct AllowedSignersTests {
    private static let key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7lStJnBtSFSGwbyhfjrYJ1ae2jOMdlE0QZ0R4ZqHrT"
    private static let kinds = "the kinds are \(SSHPublicKey.kinds.joined(separator: ", "))"

    @Test func `names, options and keys are read as OpenSSH reads them`() throws {
        let signers = try AllowedSigners(
            """
            # a comment
              \t
            *@example.com,!eve@example.com \(Self.key) its comment
            "Ada Lovelace" namespaces="git,mail",valid-after="19700102Z",valid-before="19700102000001Z" \(Self.key)\r
            """)
        #expect(signers.entries.map(\.line) == [3, 4])
        #expect(signers.entries.map(\.principals) == ["*@example.com,!eve@example.com", "Ada Lovelace"])
        #expect(signers.entries[1].namespaces == "git,mail")
        #expect(signers.entries[1].validAfter == 86_400 && signers.entries[1].validBefore == 86_401)
        #expect(signers.entries.allSatisfy { $0.key.count == 51 })
    }

    @Test(
        arguments: [
            ("ada", "no public key stands in it", "write: NAME [OPTIONS] ssh-ed25519 AAAA…"),
            ("ada ssh-ed25519 ???", "its key is no base64", nil),
            ("ada ssh-ed25519", "its key is no base64", nil),
            ("ada ssh-ed25519 AAAA", "its public key is none", nil),
            ("ada ssh-dss AAAA", "its key is of kind 'ssh-dss'", kinds),
            (
                "ada ssh-ed25519-cert-v01@openssh.com AAAA",
                "its key is of kind 'ssh-ed25519-cert-v01@openssh.com'", kinds
            ),
            (
                "ada \(key.replacing("ssh-ed25519 ", with: "ssh-rsa "))",
                "its key is of another kind than it says", nil
            ),
            (
                "* cert-authority \(key)", "'cert-authority' is not supported",
                "name each signer's own key on a line"
            ),
            (
                "ada verify-required \(key)", "'verify-required' is no option here",
                "the options are namespaces=\"git\", valid-after=\"20260131\", valid-before=\"20270131\""
            ),
            ("ada valid-after=\"soon\" \(key)", "'soon' is no time", "write 20260131 or 202601311200Z"),
            (
                "ada valid-before=\"20260231\" \(key)", "there is no such time as '20260231'",
                "write 20260131 or 202601311200Z"
            ),
            (
                "ada valid-after=\"20260101Z\",valid-before=\"20250101Z\" \(key)",
                "'valid-before' is not after 'valid-after'", nil
            ),
            (
                "ada ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC+", "its public key is no valid ssh-rsa", nil
            ),
        ] as [(String, String, String?)])
    func `a line that is not understood is an error`(line: String, cause: String, hint: String?) {
        let error = #expect(throws: AllowedSigners.Failure.self) { try AllowedSigners("# one\n\(line)\n") }
        #expect(error == AllowedSigners.Failure(line: 2, cause: cause, hint: hint))
    }

    @Test func `a binary revocation list is refused by name`() {
        let error = #expect(throws: AllowedSigners.Failure.self) { try RevokedKeys("SSHKRL\n\0\0\0") }
        #expect(error?.cause == "it is a binary revocation list")
    }
}
