import Model

extension SealedStore {
    /// A new version; gives its number. It holds these keys alone, or with `merging` also those of the newest version.
    /// `expected` is the newest version's number that the caller has seen (0: there is no such secret); another one is a
    /// conflict, and nothing is written.
    @discardableResult
    package func put(
        _ path: SecretPath, _ values: [String: [UInt8]], merging: Bool = false,
        expecting expected: Int? = nil,
        note: String? = nil
    ) throws(SealedError) -> Int {
        try check(values, of: path)
        if let note { try check(note, of: path) }
        return try changing(path, makes: true) { secret throws(SealedError) in
            let newest = secret.record.versions.last?.number ?? 0
            guard expected ?? newest == newest else {
                throw SealedError(
                    .conflict, "secret '\(path)' is at version \(newest), and not at \(expected ?? 0)",
                    hint: "somebody else has written it: look again, and decide again")
            }
            if let note { secret.note(note.isEmpty ? nil : note) }
            let all = merging ? try current(secret).merging(values) { $1 } : values
            try check(all, of: path)
            return try secret.append(all, at: clock(), keeping: configuration.keeps)
        }
    }

    /// A new version with a new random value of letters and digits for one key; its other keys stay as they are.
    @discardableResult
    package func generate(
        _ path: SecretPath, key: String = "value", length: Int = 32
    ) throws(SealedError) -> Int {
        guard (8...4096).contains(length) else {
            throw SealedError(
                .refused, "a generated value cannot have \(length) characters", hint: "ask for 8 to 4096")
        }
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let value = (0..<length).map { _ in letters[Int.random(in: letters.indices)] }
        return try put(path, [key: value], merging: true)
    }

    /// Takes the values of one version away for good, or of all; their dates and keys stay until `purge`.
    package func remove(_ path: SecretPath, version: Int? = nil) throws(SealedError) {
        try changing(path, makes: false) { secret throws(SealedError) in
            if let version, !secret.record.versions.contains(where: { $0.number == version }) {
                _ = try secret.version(version)
            }
            _ = secret.remove(version, at: clock())
        }
    }

    /// Takes everything of a secret away; should it be put again, its versions begin at 1.
    package func purge(_ path: SecretPath) throws(SealedError) {
        try folder.locked(.exclusive) { () throws(SealedError) in
            _ = try existing(path, keys())
            try folder.remove(path)
        }
    }

    private func current(_ secret: OpenSecret) throws(SealedError) -> [String: [UInt8]] {
        var values: [String: [UInt8]] = [:]
        guard let newest = secret.record.versions.last, newest.removed == nil else { return values }
        for key in newest.values.keys { values[key] = try secret.value(key, of: newest) }
        return values
    }

    private func changing<T>(
        _ path: SecretPath, makes: Bool, _ body: (inout OpenSecret) throws(SealedError) -> T
    ) throws(SealedError) -> T {
        try folder.locked(.exclusive) { () throws(SealedError) in
            let keys = try keys()
            var secret: OpenSecret
            if makes, let found = try opened(path, keys) {
                secret = found
            } else {
                secret = makes ? try OpenSecret(new: path, under: keys.first) : try existing(path, keys)
            }
            let result = try body(&secret)
            try folder.write(secret.record, of: path)
            return result
        }
    }

    private func check(_ values: [String: [UInt8]], of path: SecretPath) throws(SealedError) {
        guard !values.isEmpty, values.count <= 256 else {
            throw SealedError(.refused, "secret '\(path)' needs 1 to 256 keys, not \(values.count)")
        }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            try SecretKey.check(key)
            guard value.count <= Self.largestValue else {
                throw SealedError(
                    .refused,
                    "key '\(key)' of secret '\(path)' has \(value.count) bytes, and \(Self.largestValue) are the most"
                )
            }
        }
    }
    private func check(_ note: String, of path: SecretPath) throws(SealedError) {
        guard note.utf8.count <= 1024 else {
            throw SealedError(.refused, "the note of secret '\(path)' is longer than 1024 bytes")
        }
    }
}
