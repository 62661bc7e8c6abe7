/// Why a provider's package can't be named, found, had or trusted.
package struct PackageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Lower case, no full stop, no secret.
    package var message: String
    package var hint: String?
    package var description: String { message }

    package init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
}
