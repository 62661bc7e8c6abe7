package import Model

/// How a manifest writes what a schema describes, so that what exists is told in the same words.
package struct Form: Sendable, Hashable {
    /// A value that came from a secret.
    package struct Words: Sendable, Hashable {
        /// As the manifest says it: where it comes from.
        package var value: Value
        /// Of what it was when it was applied; nil where the words hold whatever stands there.
        package var fingerprint: String?
        package init(_ value: Value, fingerprint: String? = nil) {
            (self.value, self.fingerprint) = (value, fingerprint)
        }
    }
    /// Lists and sets of blocks that are written as the one block that they hold.
    package var bare: Set<FieldPath> = []
    /// Texts that are written as a map or a list, and sent as JSON.
    package var structured: Set<FieldPath> = []
    package var words: [FieldPath: Words] = [:]

    package init() {}
}
