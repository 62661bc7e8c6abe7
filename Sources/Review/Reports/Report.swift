/// All that one answer shows, and nothing else: pure values in, text out.
package protocol Report: Codable, Sendable, Equatable {
    /// Name and version of the JSON document, such as `martlet/plan/v1`.
    static var schema: String { get }
    var exitCode: ExitCode { get }
    /// For a terminal or a pipe; ends with a newline.
    func text(_ style: Style) -> String
    /// For a comment or a page of a forge; ends with a newline.
    func markdown(_ style: MarkdownStyle) -> String
}

/// What a command that printed a report ends with.
package enum ExitCode: Int32, Sendable {
    /// Nothing to do, or done.
    case done = 0
    case error = 1
    /// Changes or drift are present (`plan`, `drift`).
    case changes = 2
}

/// A commit as people name it.
package struct ReportedCommit: Codable, Sendable, Equatable {
    /// The whole id, in hex.
    package var id: String
    /// First line of its message.
    package var title: String

    package init(_ id: String, _ title: String) { (self.id, self.title) = (id, title) }
    package var shortID: String { String(id.prefix(7)) }
}
