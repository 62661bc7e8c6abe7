package import Foundation
package import Model

/// The body of a webhook, in JSON with sorted keys: `docs/json.md` says what each means.
package struct WebhookEvent: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case commitPending = "commit.pending"
        case commitConverged = "commit.converged"
        case commitFailed = "commit.failed"
        case driftFound = "drift.found"
        case driftCorrected = "drift.corrected"
        case sourceRefused = "source.refused"
        /// Its time is over, or a person has ended it.
        case suspensionEnded = "suspension.ended"
        /// For a person.
        case waiting
        /// One of the problems that were told is over: `data.mended` says which.
        case mended
        /// Somebody wants to see whether it arrives.
        case test

        /// What lasts until it is mended.
        var isProblem: Bool {
            switch self {
            case .commitFailed, .driftFound, .sourceRefused, .waiting: true
            case .commitPending, .commitConverged, .driftCorrected, .suspensionEnded, .mended, .test: false
            }
        }
    }
    /// What is over.
    package struct Mended: Hashable, Sendable, Codable {
        package var type: Kind
        /// When it was told first, as RFC 3339.
        package var since: Timestamp
        /// The id of the message that told it last.
        package var message: String
        /// True where it is over because the configuration has the source no more.
        package var gone: Bool?
    }
    package struct Resource: Hashable, Sendable, Codable {
        package enum State: String, Hashable, Sendable, Codable, CaseIterable {
            case ready, progressing, failed, drifted, waiting
        }
        package struct Field: Hashable, Sendable, Codable {
            package var path: String
            package var before: String
            package var after: String
            package init(path: String, before: String, after: String) {
                (self.path, self.before, self.after) = (path, before, after)
            }
        }
        package var id: String
        package var layer: Layer
        package var state: State
        package var reason: String?
        package var held: Bool
        package var fields: [Field]?

        package init(
            id: String, layer: Layer, state: State, reason: String? = nil, held: Bool = false,
            fields: [Field]? = nil
        ) {
            (self.id, self.layer, self.state) = (id, layer, state)
            (self.reason, self.held, self.fields) = (reason, held, fields)
        }
    }
    package struct Details: Hashable, Sendable, Codable {
        package var controller: String
        package var source: String
        /// What the source's resources are named without; nil in messages of earlier versions.
        package var project: String?
        package var commit: String?
        package var message: String?
        package var summary: String
        package var digest: String?
        package var hint: String?
        /// The report's page, where the configuration says how this controller is reached.
        package var url: String?
        package var mended: Mended?
        package var resources: [Resource] = []
        package var problems: [Diagnostic]?

        package init(controller: String, source: String, commit: String? = nil, summary: String) {
            (self.controller, self.source, self.commit, self.summary) = (controller, source, commit, summary)
        }
    }
    static let maxResources = 100

    package var type: Kind
    package var timestamp: Date
    package var data: Details

    package init(_ type: Kind, at timestamp: Date, _ data: Details) {
        (self.type, self.timestamp, self.data) = (type, timestamp, data)
        self.data.resources = Array(data.resources.prefix(Self.maxResources))
    }

    /// What is signed and sent.
    package func body() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}

extension WebhookEvent: Codable {
    private enum CodingKeys: String, CodingKey { case version, type, timestamp, data }
    private static let version = 1

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "version \(version) is not known")
        }
        let text = try container.decode(String.self, forKey: .timestamp)
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw DecodingError.dataCorruptedError(
                forKey: .timestamp, in: container, debugDescription: "timestamp is not RFC 3339")
        }
        self.init(
            try container.decode(Kind.self, forKey: .type), at: date,
            try container.decode(Details.self, forKey: .data))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(type, forKey: .type)
        try container.encode(timestamp.formatted(.iso8601), forKey: .timestamp)
        try container.encode(data, forKey: .data)
    }
}
