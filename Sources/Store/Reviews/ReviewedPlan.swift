package import Model

/// What a plan showed, as a review binds it: no value, but what values come down to (see `Mark` of Reconcile).
package struct ReviewedPlan: Hashable, Sendable, Codable {
    /// SHA-256 over `Plan.digestInput`: 64 hex digits.
    package var digest: String
    /// In the order of their ids, one of each.
    package var changes: [ReviewedChange]

    package init(digest: String, changes: [ReviewedChange]) {
        (self.digest, self.changes) = (digest, changes)
    }
}

/// What was shown of one resource.
package struct ReviewedChange: Hashable, Sendable, Codable {
    package struct Field: Hashable, Sendable, Codable {
        /// SHA-256 of its pointer, in hex.
        package var path: String
        /// Marks of what was, and of what is to be.
        package var before: String
        package var after: String
        package init(path: String, before: String, after: String) {
            (self.path, self.before, self.after) = (path, before, after)
        }
    }
    package var id: ResourceID
    package var action: Change.Action
    package var fields: [Field]

    package init(_ id: ResourceID, _ action: Change.Action, fields: [Field]) {
        (self.id, self.action, self.fields) = (id, action, fields)
    }
}
