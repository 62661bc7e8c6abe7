/// Something that a person said, and that holds until it is withdrawn or its time is over.
package struct Decision: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case suspend, confirmDeletes, approve, settleMade, settleNotMade, adopt
    }
    package var kind: Kind
    /// A resource's id, or a source's name.
    package var subject: String
    /// What was said: a digest, a reason.
    package var value: String
    /// Seconds since 1970; nil for as long as nobody withdraws it.
    package var until: Int?
    /// Who said it.
    package var by: String
    /// Seconds since 1970.
    package var at: Int
    /// Its time is over, and that was told.
    package var hasEnded = false

    package init(_ kind: Kind, subject: String, value: String = "", until: Int? = nil, by: String, at: Int) {
        (self.kind, self.subject, self.value) = (kind, subject, value)
        (self.until, self.by, self.at) = (until, by, at)
    }
}
