import ChildProcess
import Foundation

/// OpenPGP, by Debian's `gpgv` and a keyring: no key server, no web of trust, no agent.
struct OpenPGPCheck {
    static let header = "-----BEGIN PGP SIGNATURE-----"
    static let program = "/usr/bin/gpgv"
    /// Absolute path of a file that `gpg --export` wrote.
    let keyring: String

    /// Throws a flaw where the signature is not good, and a `GitError` where that can't be told.
    func check(_ signature: String, over payload: [UInt8], _ operation: String) async throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).asc")
        try Data(signature.utf8).write(to: file, options: .withoutOverwriting)
        defer { try? FileManager.default.removeItem(at: file) }
        let command = Command(
            Self.program,
            ["--keyring", keyring, "--status-fd", "1", "--", file.path(percentEncoded: false), "-"],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], input: payload,
            limits: Command.Limits(whole: .seconds(20)))
        let ended = try await command.run { child in
            async let errors = child.errors.collect(atMost: 1 << 16)
            let status = await child.output.collect(atMost: 1 << 16)
            _ = (await errors, await child.waitForExit())
            return status
        }
        if case .whole(let limit)? = ended.overran {
            throw GitError(.other, operation, "gpgv took more than \(limit)")
        }
        if case .killed(let signal) = ended.status {
            throw GitError(.other, operation, "gpgv was ended by signal \(signal)")
        }
        let verdict = GPGStatus(String(decoding: ended.result, as: UTF8.self))
        return try verdict.signer(isSuccess: ended.status.isSuccess, keyring: keyring)
    }
}

/// What gpgv says on its status descriptor (GnuPG's doc/DETAILS).
struct GPGStatus {
    private let lines: [(word: Substring, values: [Substring])]

    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("[GNUPG:] ") else { return nil }
            let words = line.dropFirst(9).split(separator: " ")
            return words.first.map { ($0, Array(words.dropFirst())) }
        }
    }

    private func values(_ word: String) -> [[Substring]] { lines.filter { $0.word == word }.map(\.values) }

    /// Whose one good signature it is; a flaw for all else that may have been said.
    func signer(isSuccess: Bool, keyring: String) throws(SignatureFlaw) -> String {
        let (good, valid) = (values("GOODSIG"), values("VALIDSIG"))
        let others = ["BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"]
        if let bad = lines.first(where: { others.contains(String($0.word)) }) {
            throw flaw(String(bad.word), bad.values, keyring)
        }
        guard isSuccess, good.count == 1, valid.count == 1, values("NEWSIG").count <= 1 else {
            throw SignatureFlaw("its OpenPGP signature is none, or more than one")
        }
        // fingerprint, date, time, expiry, version, reserved, key algorithm, hash algorithm, class, primary key
        guard valid[0].count >= 9 else { throw SignatureFlaw("its OpenPGP signature is none") }
        guard !["1", "2", "3"].contains(valid[0][7]) else {
            throw SignatureFlaw(
                "its OpenPGP signature is over MD5, SHA-1 or RIPEMD-160", hint: "sign with SHA-256")
        }
        guard valid[0][8] == "00" else { throw SignatureFlaw("its OpenPGP signature is not one over data") }
        return good[0].dropFirst().joined(separator: " ")
    }

    private func flaw(_ word: String, _ values: [Substring], _ keyring: String) -> SignatureFlaw {
        let key = values.first.map { "OpenPGP key \($0.shown)" } ?? "OpenPGP key"
        return switch word {
        case "BADSIG": SignatureFlaw("its signature by \(key) is over something else")
        case "EXPSIG": SignatureFlaw("its signature by \(key) has run out")
        case "EXPKEYSIG": SignatureFlaw("its \(key) has run out")
        case "REVKEYSIG": SignatureFlaw("its \(key) is revoked")
        default:
            self.values("NO_PUBKEY").isEmpty
                ? SignatureFlaw("its signature by \(key) can't be checked by gpgv")
                : SignatureFlaw(
                    "its \(key) is not in '\(keyring)'",
                    hint: "add it there ('gpg --export') if its owner may change this source")
        }
    }
}
