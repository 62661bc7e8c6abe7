/// What is said beside a request that is no report. Names and causes come from outside.
package enum CommentWords {
    /// Instead of a preview.
    package static func refusal(_ cause: String) -> String {
        "### Martlet: not previewed\n\nThere is no preview: \(Markdown.prose(cause)).\n"
    }

    package static let help = """

        ---
        | comment | does |
        |---|---|
        | `/martlet plan` | makes the preview anew |
        | `/martlet approve` | approves the plan that stands here; by somebody who may write, and not by the author |
        | `/martlet approve DIGEST` | the same, for the plan of that digest only |
        | `/martlet help` | shows this |

        """

    package static func notUnderstood(_ word: String, by name: String) -> String {
        "\n---\n\(Markdown.code(name)) asked for \(Markdown.code(String(word.prefix(60)))), which is not known here.\n"
            + help
    }

    /// - Parameter cause: what keeps it from counting, after 'because'.
    package static func notApproved(by name: String, _ cause: String) -> String {
        "\n---\nThe word of \(Markdown.code(name)) approves nothing, because \(Markdown.prose(cause)).\n"
    }

    package static func approved(by name: String, _ digests: [String]) -> String {
        let plans = digests.map { "plan `\($0.prefix(12))`" }.joined(separator: ", ")
        return "\n---\n\(Markdown.code(name)) approved \(plans).\n"
    }
}
