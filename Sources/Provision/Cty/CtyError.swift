/// Why a value, a type or a schema can't be read or written.
package struct CtyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Lower case, no full stop, no value.
    package var message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}
