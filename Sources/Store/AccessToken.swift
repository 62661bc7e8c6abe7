/// A token of the API as it is kept: what opens the door is here only as a hash.
package struct AccessToken: Hashable, Sendable {
    /// Public, and for ever its own.
    package var id: String
    /// No two tokens have one; history names who comes with it so.
    package var name: String
    /// SHA-256 of the whole token, whose 256 random bits nobody guesses from it.
    package var hash: [UInt8]
    package var role: String
    /// Milliseconds since 1970, as all times.
    package var created: Int
    package var createdBy: String
    /// Nil for never.
    package var expires: Int?
    /// To the minute; nil before the first time.
    package var lastUsed: Int?

    package init(
        id: String, name: String, hash: [UInt8], role: String, created: Int, createdBy: String, expires: Int?
    ) {
        (self.id, self.name, self.hash, self.role) = (id, name, hash, role)
        (self.created, self.createdBy, self.expires) = (created, createdBy, expires)
    }
}
