import Foundation
import Model

/// A secret's record with the key that opens it. Its values stay sealed until they are asked for.
struct OpenSecret {
    let path: SecretPath
    private(set) var record: SealedRecord
    private let dataKey: DataKey
    /// The master key that wrapped the data key.
    let master: MasterKey

    /// A secret without versions.
    init(new path: SecretPath, under master: MasterKey) throws(SealedError) {
        (self.path, self.master, dataKey) = (path, master, DataKey())
        record = SealedRecord(
            path: path.description,
            dataKey: .init(master: master.id, sealed: try master.wrap(dataKey, of: path)), versions: [])
    }

    /// Checks that the whole record is as it was sealed.
    init(_ record: SealedRecord, of path: SecretPath, file: String, keys: KeyRing) throws(SealedError) {
        guard let master = keys[record.dataKey.master] else {
            throw SealedError(
                .unreadable,
                "'\(file)' is sealed with another master key than the one at hand (\(keys.first.id))",
                hint: "give martlet the key that it was sealed with; the file was left as it is")
        }
        let tampered = SealedError(
            .unreadable, "'\(file)' is damaged or was tampered with: its seal does not fit",
            hint: "put the file back from a backup, or remove it")
        guard record.path == path.description, let dataKey = master.unwrap(record.dataKey.sealed, of: path),
            dataKey.isAuthentic(record.seal, record.transcript)
        else { throw tampered }
        (self.path, self.record, self.dataKey, self.master) = (path, record, dataKey, master)
    }

    /// The same under another master key; the values stay as they are.
    func rewrapped(under master: MasterKey) throws(SealedError) -> SealedRecord {
        var record = record
        record.dataKey = .init(master: master.id, sealed: try master.wrap(dataKey, of: path))
        return record
    }
}

extension OpenSecret {
    /// The version that is asked for, its values still there: the newest where none is named. Never an older one in its place.
    func version(_ number: Int?) throws(SealedError) -> SealedRecord.Version {
        guard
            let version = number == nil
                ? record.versions.last : record.versions.first(where: { $0.number == number })
        else {
            throw SealedError(
                .missing, "secret '\(path)' has no version \(number ?? 1)",
                hint: record.versions.last.map { "its newest version is \($0.number)" })
        }
        guard version.removed == nil else {
            throw SealedError(.missing, "version \(version.number) of secret '\(path)' was removed")
        }
        return version
    }

    func value(_ key: String, of version: SealedRecord.Version) throws(SealedError) -> [UInt8] {
        guard let sealed = version.values[key] else {
            let others = version.values.keys.sorted().joined(separator: ", ")
            throw SealedError(
                .missing,
                "secret '\(path)' has no key '\(key.escapedForDisplay)' in version \(version.number)",
                hint: "it has \(others)")
        }
        guard let value = dataKey.open(sealed, path: path, version: version.number, key: key) else {
            throw SealedError(
                .unreadable,
                "key '\(key)' of secret '\(path)' is damaged or was tampered with in version \(version.number)"
            )
        }
        return value
    }

    /// What is seen of it without its values.
    var metadata: SecretMetadata {
        SecretMetadata(
            path: path, note: record.note,
            versions: record.versions.map {
                .init(
                    number: $0.number, created: $0.created, keys: $0.values.keys.sorted(), removed: $0.removed
                )
            })
    }
}

extension OpenSecret {
    mutating func note(_ note: String?) {
        record.note = note
        seal()
    }

    /// A new version, the newest; gives its number. The values of what is older than the `keeping` newest ones go.
    mutating func append(_ values: [String: [UInt8]], at now: Int, keeping: Int) throws(SealedError) -> Int {
        let number = (record.versions.last?.number ?? 0) + 1
        var sealed: [String: Data] = [:]
        for (key, value) in values {
            sealed[key] = try dataKey.seal(value, path: path, version: number, key: key)
        }
        record.versions.append(.init(number: number, created: now, values: sealed))
        for version in record.versions.dropLast(keeping) where version.removed == nil {
            empty(version.number, at: now)
        }
        seal()
        return number
    }

    /// Takes the values of one version away, or of all; false when there was nothing left to take.
    mutating func remove(_ number: Int?, at now: Int) -> Bool {
        let wanted = record.versions.filter { $0.removed == nil && (number ?? $0.number) == $0.number }
        for version in wanted { empty(version.number, at: now) }
        seal()
        return !wanted.isEmpty
    }

    private mutating func empty(_ number: Int, at now: Int) {
        guard let position = record.versions.firstIndex(where: { $0.number == number }) else { return }
        record.versions[position].removed = now
        record.versions[position].values = record.versions[position].values.mapValues { _ in Data() }
    }
    private mutating func seal() { record.seal = dataKey.authenticate(record.transcript) }
}
