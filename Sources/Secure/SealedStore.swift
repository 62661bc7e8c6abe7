import Foundation
package import Model

/// An encrypted local store of versioned secrets: the world that `SealedEngine` looks at, and that the commands
/// `martlet secret …` work on. Keeps nothing in memory; every call blocks, and several processes may use one folder.
package struct SealedStore: Sendable {
    package struct Configuration: Sendable {
        /// Absolute; private to the controller's user.
        package var folder: String
        package var key: KeySource
        /// How many versions of a secret keep their values; what is older stays as a tombstone.
        package var keeps: Int
        package init(folder: String, key: KeySource, keeps: Int = 10) {
            (self.folder, self.key, self.keeps) = (folder, key, max(1, keeps))
        }
    }
    /// In bytes.
    package static let largestValue = 1 << 20
    package let configuration: Configuration
    var folder: SealedFolder
    /// Seconds since 1970.
    let clock: @Sendable () -> Int

    package init(
        _ configuration: Configuration,
        clock: @escaping @Sendable () -> Int = { Int(Date.now.timeIntervalSince1970) }
    ) {
        (self.configuration, self.clock) = (configuration, clock)
        folder = SealedFolder(path: configuration.folder)
    }

    /// Makes the folder and the key file where they are missing; does nothing where they stand. A key that is missing
    /// beside secrets is never made anew.
    package func create() throws(SealedError) {
        try folder.create()
        try folder.locked(.exclusive) { () throws(SealedError) in
            guard case .file(let file) = configuration.key.place else { return }
            if try configuration.key.load() != nil { return }
            guard try folder.paths().isEmpty else { throw missingKey(file) }
            try KeySource.write(KeyRing(MasterKey()), to: file)
        }
    }

    private func missingKey(_ file: String) -> SealedError {
        SealedError(
            .unreadable, "key file '\(file)' of the sealed store '\(folder.path)' is missing",
            hint: "put it back from where you keep it; to begin anew, move the store's folder away, and "
                + "'martlet secret put' makes both")
    }

    /// The keys at hand; call it under the lock.
    func keys() throws(SealedError) -> KeyRing {
        guard let keys = try configuration.key.load() else {
            throw missingKey(configuration.key.filePath ?? "")
        }
        return keys
    }

    /// Nil when there is no such secret.
    func opened(_ path: SecretPath, _ keys: KeyRing) throws(SealedError) -> OpenSecret? {
        guard let record = try folder.read(path) else { return nil }
        return try OpenSecret(record, of: path, file: folder.file(of: path), keys: keys)
    }

    func existing(_ path: SecretPath, _ keys: KeyRing) throws(SealedError) -> OpenSecret {
        guard let secret = try opened(path, keys) else {
            throw SealedError(
                .missing, "no secret '\(path)' in the sealed store",
                hint: "'martlet secret put \(path)' makes it")
        }
        return secret
    }
}

/// One path of `list`, and what is known of it: a damaged file hides no other.
package struct SecretListing: Sendable {
    package var path: SecretPath
    package var metadata: Result<SecretMetadata, SealedError>
}

extension SealedStore {
    /// Sorted by path; with the tombstones.
    package func list() throws(SealedError) -> [SecretListing] {
        try folder.locked(.shared) { () throws(SealedError) in
            let keys = try keys()
            return try folder.paths().map { path in
                SecretListing(
                    path: path,
                    metadata: Result { () throws(SealedError) in try existing(path, keys).metadata })
            }
        }
    }

    package func metadata(_ path: SecretPath) throws(SealedError) -> SecretMetadata {
        try folder.locked(.shared) { () throws(SealedError) in try existing(path, keys()).metadata }
    }

    /// The newest version, or the one that is named.
    package func read(_ path: SecretPath, key: String, version: Int? = nil) throws(SealedError) -> SecretValue
    {
        try folder.locked(.shared) { () throws(SealedError) in
            let secret = try existing(path, keys())
            return SecretValue(try secret.value(key, of: secret.version(version)))
        }
    }

    /// By key: 32 hexadecimal digits, equal for equal values of the same key of the same secret while the master key
    /// stays the same.
    package func fingerprints(_ path: SecretPath, version: Int? = nil) throws(SealedError) -> [String: String]
    {
        try folder.locked(.shared) { () throws(SealedError) in
            let secret = try existing(path, keys())
            let version = try secret.version(version)
            var fingerprints: [String: String] = [:]
            for key in version.values.keys {
                let value = try secret.value(key, of: version)
                fingerprints[key] = secret.master.fingerprint(value, path: path, key: key)
            }
            return fingerprints
        }
    }
}
