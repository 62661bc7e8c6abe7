import Foundation
import Glibc

/// OpenSSH's allowed-signers file (ssh-keygen(1)): whose signatures count, for what, and when. Read strictly: a line
/// that is not understood could have meant less than it seems to.
struct AllowedSigners {
    struct Entry {
        var line: Int
        var principals: String
        /// Patterns; nil for any.
        var namespaces: String?
        /// Seconds since 1970.
        var validAfter: Int?
        var validBefore: Int?
        var key: [UInt8]
    }
    private(set) var entries: [Entry] = []

    /// Something wrong with a line.
    struct Failure: Error, Hashable {
        var line: Int
        var cause: String
        var hint: String?
    }

    init(_ text: String) throws(Failure) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let content = line.drop(while: \.isWhitespace)
            guard !content.isEmpty, !content.hasPrefix("#") else { continue }
            do throws(SignatureFlaw) {
                entries.append(try Self.entry(content, index + 1))
            } catch {
                throw Failure(line: index + 1, cause: error.message, hint: error.hint)
            }
        }
    }

    private static func entry(_ line: Substring, _ number: Int) throws(SignatureFlaw) -> Entry {
        var words = Self.words(line)[...]
        guard let principals = words.popFirst().map(unquoted), !principals.isEmpty else {
            throw SignatureFlaw("it names nobody")
        }
        var entry = Entry(line: number, principals: principals, key: [])
        if let word = words.first, !isKind(word) {
            for option in split(word, at: ",") { try read(option, into: &entry) }
            words = words.dropFirst()
        }
        guard let kind = words.popFirst(), isKind(kind) else {
            throw SignatureFlaw("no public key stands in it", hint: "write: NAME [OPTIONS] ssh-ed25519 AAAA…")
        }
        entry.key = try key(kind, words.first)
        if let after = entry.validAfter, let before = entry.validBefore, before <= after {
            throw SignatureFlaw("'valid-before' is not after 'valid-after'")
        }
        return entry
    }

    private static func isKind(_ word: Substring) -> Bool {
        ["ssh-", "ecdsa-", "sk-", "webauthn-"].contains { word.hasPrefix($0) }
    }

    /// A line's key, as it stands in public-key files too.
    static func key(_ kind: Substring, _ base64: Substring?) throws(SignatureFlaw) -> [UInt8] {
        guard SSHPublicKey.kinds.contains(String(kind)) else {
            throw SignatureFlaw(
                "its key is of kind '\(kind.shown)'",
                hint: "the kinds are \(SSHPublicKey.kinds.joined(separator: ", "))")
        }
        guard let blob = base64.flatMap({ Data(base64Encoded: String($0)) }).map(Array.init) else {
            throw SignatureFlaw("its key is no base64")
        }
        guard try SSHPublicKey(blob: blob).kind == kind else {
            throw SignatureFlaw("its key is of another kind than it says")
        }
        return blob
    }

    private static func read(_ option: Substring, into entry: inout Entry) throws(SignatureFlaw) {
        let mark = option.firstIndex(of: "=")
        let name = option[..<(mark ?? option.endIndex)].lowercased()
        let value = mark.map { unquoted(option[option.index(after: $0)...]) }
        switch (name, value) {
        case ("namespaces", let value?): entry.namespaces = value
        case ("valid-after", let value?): entry.validAfter = try moment(value)
        case ("valid-before", let value?): entry.validBefore = try moment(value)
        case ("cert-authority", nil):
            throw SignatureFlaw(
                "'cert-authority' is not supported", hint: "name each signer's own key on a line")
        default:
            throw SignatureFlaw(
                "'\(name.shown)' is no option here",
                hint:
                    "the options are namespaces=\"git\", valid-after=\"20260131\", valid-before=\"20270131\"")
        }
    }

    /// `YYYYMMDD[HHMM[SS]][Z]`: local time, or with `Z` UTC. Seconds since 1970.
    private static func moment(_ text: String) throws(SignatureFlaw) -> Int {
        let isUniversal = text.hasSuffix("Z") || text.hasSuffix("z")
        let digits = Array(isUniversal ? text.dropLast() : text[...])
        guard [8, 12, 14].contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw SignatureFlaw(
                "'\(text.shown)' is no time", hint: "write 20260131 or 202601311200Z")
        }
        func number(_ range: Range<Int>) -> Int32 {
            digits.count < range.upperBound ? 0 : Int32(String(digits[range])) ?? 0
        }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (
            number(0..<4) - 1900, number(4..<6) - 1, number(6..<8)
        )
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(8..<10), number(10..<12), number(12..<14))
        parts.tm_isdst = -1
        var normal = parts
        let seconds = isUniversal ? timegm(&normal) : mktime(&normal)
        guard normal.tm_mon == parts.tm_mon, normal.tm_mday == parts.tm_mday, parts.tm_hour < 24,
            parts.tm_min < 60, parts.tm_sec < 60
        else {
            throw SignatureFlaw("there is no such time as '\(text)'", hint: "write 20260131 or 202601311200Z")
        }
        return seconds
    }

    /// Cut at white space that does not stand in quotes.
    private static func words(_ line: Substring) -> [Substring] {
        split(line) { $0.isWhitespace }.filter { !$0.isEmpty }
    }
    private static func split(_ text: Substring, at mark: Character) -> [Substring] {
        split(text) { $0 == mark }
    }

    private static func split(_ text: Substring, where isMark: (Character) -> Bool) -> [Substring] {
        var (parts, start, isQuoted, last) = ([Substring](), text.startIndex, false, Character(" "))
        for index in text.indices {
            let character = text[index]
            if character == "\"", last != "\\" { isQuoted.toggle() }
            if !isQuoted, isMark(character) {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
            last = character
        }
        return parts + [text[start...]]
    }
    private static func unquoted(_ text: Substring) -> String {
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else { return String(text) }
        return String(text.dropFirst().dropLast()).replacing("\\\"", with: "\"")
    }
}

extension AllowedSigners {
    /// Whom the key belongs to, where it may sign commits at both moments. A key that has run out is believed neither
    /// for what is new nor for what it says is old.
    func signer(_ key: SSHPublicKey, at moments: [Int], file: String) throws(SignatureFlaw) -> String {
        let mine = entries.filter { $0.key == key.blob }
        guard !mine.isEmpty else {
            throw SignatureFlaw(
                "its key is \(key.fingerprint), which '\(file)' does not name",
                hint: "add it there if its owner may change this source")
        }
        let forGit = mine.filter { $0.namespaces.map { Pattern.matches(list: $0, "git") } ?? true }
        guard let first = forGit.first else {
            throw SignatureFlaw(
                "its key \(key.fingerprint) is for other namespaces than 'git' by line \(mine[0].line) of '\(file)'"
            )
        }
        let valid = forGit.first { entry in
            moments.allSatisfy { $0 >= entry.validAfter ?? $0 && $0 <= entry.validBefore ?? $0 }
        }
        guard let valid else {
            throw SignatureFlaw(
                "its key \(key.fingerprint) is not valid at this time by line \(first.line) of '\(file)'",
                hint: "both the commit's time and the present must be within its times")
        }
        return valid.principals
    }
}

/// Public keys that are believed no more, one a line.
struct RevokedKeys {
    private var keys: Set<[UInt8]> = []

    init(_ text: String) throws(AllowedSigners.Failure) {
        if text.hasPrefix("SSHKRL\n") {
            throw AllowedSigners.Failure(
                line: 1, cause: "it is a binary revocation list", hint: "write public keys, one a line")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let kind = words.first, !kind.hasPrefix("#") else { continue }
            do throws(SignatureFlaw) {
                keys.insert(try AllowedSigners.key(kind, words.dropFirst().first))
            } catch {
                throw AllowedSigners.Failure(line: index + 1, cause: error.message, hint: error.hint)
            }
        }
    }

    func contains(_ key: SSHPublicKey) -> Bool { keys.contains(key.blob) }
}
