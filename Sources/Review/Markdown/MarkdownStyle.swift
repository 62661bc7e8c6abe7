/// How Markdown is laid out for one forge.
package struct MarkdownStyle: Sendable, Equatable {
    /// Where a source's files are shown: `https://forge.example/shop/infra/blob/8a01b44/manifests/`; nil for no links.
    package var filesURL: String?
    /// What comes before a line's number in the address of a file: `L` in `web.yaml#L14`.
    package var lineMark = "L"
    /// Where the whole report is shown; nil where nowhere.
    package var reportURL: String?
    /// Whether blocks that open and close may be written as HTML.
    package var hasHTML = true
    /// Whether the first line is the hidden marker by which a comment is found again.
    package var isMarked: Bool
    /// In bytes; details are left out, and said to be, where there would be more. A comment on GitHub and Gitea holds
    /// 65,535 characters.
    package var limit: Int

    package init(filesURL: String? = nil, isMarked: Bool = false, limit: Int = 60_000) {
        (self.filesURL, self.isMarked, self.limit) = (filesURL, isMarked, limit)
    }
}

extension Report {
    package func markdown(_ style: MarkdownStyle) -> String {
        Markdown.fenced(
            text(Style(width: 100)).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        )
        .joined(separator: "\n") + "\n"
    }
}
