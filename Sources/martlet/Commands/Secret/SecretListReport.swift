import Foundation
import Model
import Review
import Secure

/// One secret as people may see it.
struct ListedSecret: Codable, Equatable {
    struct Version: Codable, Equatable {
        var number: Int
        var created: Timestamp
        var removed: Timestamp?
        var keys: [String]
    }
    var path: String
    var note: String?
    /// Newest first.
    var versions: [Version] = []
    /// Why it can't be read.
    var problem: String?

    init(_ metadata: SecretMetadata) {
        (path, note) = (metadata.path.description, metadata.note)
        versions = metadata.versions.reversed().map { version in
            Version(
                number: version.number, created: Timestamp(seconds: version.created),
                removed: version.removed.map { Timestamp(seconds: $0) }, keys: version.keys)
        }
    }

    private init(path: String, problem: String) { (self.path, self.problem) = (path, problem) }

    init(_ listing: SecretListing) {
        switch listing.metadata {
        case .success(let metadata): self.init(metadata)
        case .failure(let error): self.init(path: listing.path.description, problem: error.message)
        }
    }

    /// `martlet secret metadata`.
    var text: String {
        let title = path + (note.map { "  \($0.escapedForDisplay)" } ?? "")
        let rows = versions.map { version in
            [
                "  version \(version.number)", version.created.description,
                version.removed.map { "removed \($0)" } ?? version.keys.joined(separator: ", "),
            ]
        }
        return ([title] + rows.aligned).joined(separator: "\n") + "\n"
    }
}

/// `martlet secret list`. The JSON is versioned by its schema.
struct SecretListReport: Codable, Equatable {
    private(set) var schema = "martlet/secrets/v1"
    var store: String
    var secrets: [ListedSecret]

    init(store: String, _ listings: [SecretListing]) {
        (self.store, secrets) = (store, listings.map { ListedSecret($0) })
    }

    var text: String {
        guard !secrets.isEmpty else {
            return "no secrets in store '\(store)'\n\nhint: 'martlet secret put PATH' makes one\n"
        }
        let rows = secrets.map { secret -> [String] in
            if let problem = secret.problem { return [secret.path, "!", problem.escapedForDisplay] }
            guard let newest = secret.versions.first else { return [secret.path] }
            let state = newest.removed.map { "removed \($0)" } ?? newest.keys.joined(separator: ", ")
            return [
                secret.path, "version \(newest.number)", newest.created.description,
                state + (secret.note.map { "  \($0.escapedForDisplay)" } ?? ""),
            ]
        }
        return rows.aligned.joined(separator: "\n") + "\n"
    }

    func json() throws -> String { try encoded(self) }
}

/// `martlet secret metadata --format json`.
struct SecretMetadataReport: Codable, Equatable {
    private(set) var schema = "martlet/secret/v1"
    var secret: ListedSecret

    init(secret: ListedSecret) { self.secret = secret }
    func json() throws -> String { try encoded(self) }
}

private func encoded(_ report: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self).escapedInJSON + "\n"
}

extension [[String]] {
    /// Columns as wide as their widest cell, two spaces between; the last cell of a row has no padding.
    var aligned: [String] {
        var widths: [Int: Int] = [:]
        for row in self {
            for (column, cell) in row.dropLast().enumerated() {
                widths[column] = Swift.max(widths[column] ?? 0, cell.count)
            }
        }
        return map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell.padding(toLength: widths[column] ?? 0, withPad: " ", startingAt: 0)
            }.joined(separator: "  ")
        }
    }
}
