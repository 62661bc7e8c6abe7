import Foundation

/// What is put into the outbox for a forge.
package enum ForgeMessage: Hashable, Sendable {
    case status(CommitStatus)
    case comment(StickyComment)
    case reaction(CommentReaction)

    private struct Kind: Decodable { var kind: String? }

    /// Nil where another version of Martlet wrote it.
    init?(_ body: [UInt8]) {
        let (decoder, data) = (JSONDecoder(), Data(body))
        guard let kind = try? decoder.decode(Kind.self, from: data) else { return nil }
        switch kind.kind {
        // Statuses were there first.
        case nil:
            guard let status = try? decoder.decode(CommitStatus.self, from: data) else { return nil }
            self = .status(status)
        case StickyComment.kind:
            guard let comment = try? decoder.decode(StickyComment.self, from: data) else { return nil }
            self = .comment(comment)
        case CommentReaction.kind:
            guard let reaction = try? decoder.decode(CommentReaction.self, from: data) else { return nil }
            self = .reaction(reaction)
        default: return nil
        }
    }

    package func body() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        switch self {
        case .status(let status): return try status.body()
        case .comment(let comment): return Array(try encoder.encode(comment))
        case .reaction(let reaction): return Array(try encoder.encode(reaction))
        }
    }
}

/// The one comment of a controller beside a request: made once, and changed in its place.
package struct StickyComment: Hashable, Sendable, Codable {
    static let kind = "comment"
    package private(set) var kind = Self.kind
    package var controller: String
    /// As the configuration names it.
    package var repository: String
    package var request: Int
    /// Markdown.
    package var text: String
    /// The whole digests of the plans that it shows.
    package var digests: [String] = []

    package init(
        controller: String, repository: String, request: Int, text: String, digests: [String] = []
    ) {
        (self.controller, self.repository, self.request) = (controller, repository, request)
        (self.text, self.digests) = (text, digests)
    }

    /// What two controllers, or one that knows a repository by two names, tell their comments by. Nobody sees it.
    var mark: String { "\(Self.anyMark)\(repository) by \(controller)" }
    /// How the marks of all begin.
    static let anyMark = "martlet: preview of "
}

/// A word about a comment, without a comment of its own.
package struct CommentReaction: Hashable, Sendable, Codable {
    package enum Word: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is being done.
        case seen
        case done
        case refused
        case notUnderstood
    }
    static let kind = "reaction"
    package private(set) var kind = Self.kind
    package var request: Int
    package var comment: Int
    package var word: Word

    package init(request: Int, comment: Int, word: Word) {
        (self.request, self.comment, self.word) = (request, comment, word)
    }
}
