import Foundation

/// The file of one secret, `shop+db.sealed` for `shop/db`. A wire format: JSON with sorted keys and a newline at the end.
/// ```
/// {"dataKey": {"master": "<id of the master key>", "sealed": "<base64>"},
///  "format": 1, "note": "for the shop", "path": "shop/db", "seal": "<base64>",
///  "versions": [{"created": 1767225600, "number": 1, "values": {"password": "<base64>"}}]}
/// ```
/// - `dataKey.master`: the first 8 bytes, in hexadecimal, of HKDF-SHA256 (no salt, 32 bytes) of the master key for
///   `martlet sealed key id 1`.
/// - `dataKey.sealed`: the data key under AES-256-GCM with the key derived likewise for `martlet sealed wrap 1`; the
///   associated data are `martlet sealed data key 1`, path, `dataKey.master`.
/// - `values`: each value under AES-256-GCM with the data key; the associated data are `martlet sealed value 1`, path,
///   version's number, key. Empty once the version was removed, which `removed` then dates.
/// - `seal`: HMAC-SHA256, with the key derived from the data key for `martlet sealed record 1`, over `transcript`.
/// - Sealed boxes are nonce (12 bytes, random), ciphertext and tag (16 bytes), in this order. What is authenticated is a
///   list of parts, each after its length in 8 bytes, big end first; numbers are decimal. Times are seconds since 1970.
///
/// Whoever lacks the master key can neither read nor change a file; putting back an old copy of it goes unnoticed.
struct SealedRecord: Codable, Hashable {
    static let newest = 1

    struct WrappedKey: Codable, Hashable {
        var master: String
        var sealed: Data
    }
    struct Version: Codable, Hashable {
        var number: Int
        var created: Int
        var removed: Int?
        var values: [String: Data]
    }
    var format = Self.newest
    var path: String
    var note: String?
    var dataKey: WrappedKey
    /// In the order of their numbers, which begin at 1 and are never used again.
    var versions: [Version]
    var seal = Data()

    /// What `seal` authenticates.
    var transcript: Transcript {
        var transcript = Transcript("martlet sealed record 1")
        transcript.append(path)
        transcript.append(note.map { "note " + $0 } ?? "")
        transcript.append(versions.count)
        for version in versions {
            transcript.append(version.number)
            transcript.append(version.created)
            transcript.append(version.removed.map(String.init) ?? "")
            transcript.append(version.values.count)
            for (key, value) in version.values.sorted(by: { $0.key < $1.key }) {
                transcript.append(key)
                transcript.append(value)
            }
        }
        return transcript
    }
}

extension SealedRecord {
    func encoded() throws(SealedError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try [UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")] } catch {
            throw SealedError(.unavailable, "secret '\(path)' cannot be written as JSON")
        }
    }

    /// `file` is only named in errors, which hold nothing of what is in it.
    init(_ bytes: [UInt8], of file: String) throws(SealedError) {
        struct Header: Decodable { var format: Int }
        let data = Data(bytes)
        guard let header = try? JSONDecoder().decode(Header.self, from: data) else {
            throw SealedError(
                .unreadable, "'\(file)' is damaged: it is \(bytes.isEmpty ? "empty" : "no sealed secret")",
                hint: "put the file back from a backup, or remove it")
        }
        guard header.format <= Self.newest else {
            throw SealedError(
                .unreadable,
                "'\(file)' has format \(header.format), and this martlet reads up to \(Self.newest)",
                hint: "use the martlet that wrote it, or a newer one")
        }
        guard let record = try? JSONDecoder().decode(SealedRecord.self, from: data) else {
            throw SealedError(
                .unreadable, "'\(file)' is damaged: it is no sealed secret",
                hint: "put the file back from a backup, or remove it")
        }
        self = record
    }
}
