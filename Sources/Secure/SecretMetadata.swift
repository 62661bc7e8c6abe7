/// What may be shown of a secret.
package struct SecretMetadata: Hashable, Sendable {
    package struct Version: Hashable, Sendable {
        /// From 1; never used again while the secret is not purged.
        package var number: Int
        /// Seconds since 1970.
        package var created: Int
        /// Sorted.
        package var keys: [String]
        /// When its values were taken away, in seconds since 1970.
        package var removed: Int?
    }
    package var path: SecretPath
    package var note: String?
    /// Oldest first.
    package var versions: [Version]

    /// What a reader gets who names no version; nil when it was removed.
    package var current: Version? { versions.last.flatMap { $0.removed == nil ? $0 : nil } }
}
