package import Model

/// A resource that nothing is done about now, why, and until when.
package struct HeldResource: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// For others: `waitsFor` names them.
        case waiting
        /// It failed.
        case failed
        /// Its manifest asks for that.
        case suspended
        /// A step's answer was lost, and only a person can say whether it happened.
        case uncertain
        /// A person has to agree first: deletes above the budget, a review.
        case unconfirmed
        /// It could not be observed.
        case unobserved
    }
    package enum Until: Codable, Sendable, Equatable {
        case othersMove
        case manifestChanges
        /// The next try, or the end of a suspension.
        case time(Timestamp)
        case personSays
    }
    package var id: ResourceID
    package var layer: Layer
    package var kind: Kind
    /// Lower case, no full stop; may have several lines.
    package var reason: String
    package var until: Until
    /// The resources that it waits for.
    package var waitsFor: [ResourceID] = []
    /// What to type next.
    package var hint: String?
    /// Where the manifest says what is wrong; nil where it is nothing in it, or not known.
    package var place: ManifestLocation?

    package init(
        _ id: ResourceID, layer: Layer, _ kind: Kind, _ reason: String, until: Until,
        waitsFor: [ResourceID] = [], hint: String? = nil
    ) {
        (self.id, self.layer, self.kind, self.reason) = (id, layer, kind, reason)
        (self.until, self.waitsFor, self.hint) = (until, waitsFor, hint)
    }
}

/// `{"kind": "time", "at": "2026-11-21T14:02:11Z"}`
extension HeldResource.Until {
    private enum Kind: String, Codable { case othersMove, manifestChanges, time, personSays }
    private enum Key: String, CodingKey { case kind, at }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self =
            switch try container.decode(Kind.self, forKey: .kind) {
            case .othersMove: .othersMove
            case .manifestChanges: .manifestChanges
            case .time: .time(try container.decode(Timestamp.self, forKey: .at))
            case .personSays: .personSays
            }
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .othersMove: try container.encode(Kind.othersMove, forKey: .kind)
        case .manifestChanges: try container.encode(Kind.manifestChanges, forKey: .kind)
        case .personSays: try container.encode(Kind.personSays, forKey: .kind)
        case .time(let time):
            try container.encode(Kind.time, forKey: .kind)
            try container.encode(time, forKey: .at)
        }
    }
}
