import Model

/// A `SecretReference` as the sealed store reads it, its references resolved.
struct SealedTarget: Hashable, Sendable {
    static let fields = ["store", "path", "keys", "maxAge", "version"]

    var path: SecretPath
    /// In the order of the manifest.
    var keys: [String]
    var maxAge: Span?
    /// The newest one where none is pinned.
    var version: Int?

    init(_ spec: Value) throws(EngineError) {
        guard spec.isKnown else {
            throw EngineError(.waitForChange, "what it refers to is not known yet")
        }
        guard let path = spec["path"]?.string else { throw EngineError(.waitForChange, "it names no path") }
        do throws(SealedError) { self.path = try SecretPath(path) } catch {
            throw EngineError(.waitForChange, error.message, hint: error.hint)
        }
        let names = spec["keys"]?.items.compactMap(\.string) ?? []
        keys = names.isEmpty ? ["value"] : names
        version = spec["version"]?.int
        if let age = spec["maxAge"]?.string {
            guard let span = Span(age) else {
                throw EngineError(.waitForChange, "maxAge '\(age.escapedForDisplay)' is no duration")
            }
            maxAge = span
        }
    }
}

extension Grants {
    /// Checked wherever a path becomes known: in the manifest, when the world is looked at, and when a value is read.
    func check(_ path: SecretPath) throws(EngineError) {
        if secrets.contains(where: path.isCovered(by:)) { return }
        throw EngineError(
            .waitForChange, "secret path '\(path)' is not granted to this source", hint: Self.hint(for: path))
    }
    static func hint(for path: SecretPath) -> String {
        "name '\(path)', or a pattern of it, under the source's secrets in the controller's configuration, for a local folder with --secrets"
    }
}

extension Span {
    /// Its largest unit alone, for an age: `41d`, `3h`, `12m`, `5s`.
    var rounded: String {
        let seconds = milliseconds / 1000
        let units = [("d", 86400), ("h", 3600), ("m", 60)]
        let unit = units.first { seconds >= $0.1 } ?? ("s", 1)
        return "\(seconds / unit.1)\(unit.0)"
    }
}
