import Foundation

/// What a forge is to show beside a commit, before it is put into the forge's own words.
package struct CommitStatus: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case pending, success, failure
        /// A newer commit came before this one converged.
        case overtaken
    }
    package var controller: String
    package var source: String
    /// In hex.
    package var commit: String
    package var state: State
    /// One line.
    package var description: String
    /// The report's page; nil where the configuration does not say how the controller is reached.
    package var url: String?

    package init(
        controller: String, source: String, commit: String, state: State, description: String
    ) {
        (self.controller, self.source, self.commit) = (controller, source, commit)
        (self.state, self.description) = (state, description)
    }

    package func body() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// Tells this from the statuses of other programs, controllers and sources.
    var context: String { "martlet/\(controller)/\(source)" }
}
