extension SealedStore {
    /// Wraps every data key under a new master key; gives how many secrets there are. The values stay sealed as they are,
    /// so whoever had the old key and an old copy of the files can still read those values: give them new ones.
    ///
    /// With a key file a new key is made; a variable of the environment must hold the new and the old one. A crash in
    /// between, or a secret that can't be opened, leaves the old key in the file beside the new one; rotating again goes on.
    @discardableResult
    package func rotateKey() throws(SealedError) -> Int {
        try folder.locked(.exclusive) { () throws(SealedError) in
            let keys = try keysToRotate()
            var problem: SealedError?
            let paths = try folder.paths()
            for path in paths {
                do throws(SealedError) { try rewrap(path, keys) } catch { problem = problem ?? error }
            }
            if let problem { throw problem }
            if let file = configuration.key.filePath { try KeySource.write(KeyRing(keys.first), to: file) }
            return paths.count
        }
    }

    private func keysToRotate() throws(SealedError) -> KeyRing {
        let keys = try keys()
        guard keys.others.isEmpty else { return keys }
        switch configuration.key.place {
        case .held(_, let variable):
            throw SealedError(
                .refused, "environment variable '\(variable)' holds one key, and a rotation needs two",
                hint: "set it to the new key, a comma and the old key")
        case .file(let file):
            let both = KeyRing(MasterKey(), others: [keys.first])
            try KeySource.write(both, to: file)
            return both
        }
    }

    private func rewrap(_ path: SecretPath, _ keys: KeyRing) throws(SealedError) {
        let secret = try existing(path, keys)
        guard secret.master.id != keys.first.id else { return }
        try folder.write(secret.rewrapped(under: keys.first), of: path)
    }
}
