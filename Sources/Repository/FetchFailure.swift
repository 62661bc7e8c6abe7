import CGit2

/// libgit2's error for a remote, in words for who configured it.
struct FetchFailure {
    private let plain: GitError
    private let remote: Remote

    /// On the thread that saw the status.
    init(_ status: Int32, _ remote: Remote, _ operation: String) {
        plain = GitError(status: status, operation: operation)
        self.remote = remote
    }

    var error: GitError {
        let text = plain.message
        if let status = text.firstRange(of: "http status code: ") {
            return answer(String(text[status.upperBound...].prefix { $0.isNumber }))
        }
        if text.contains("redirect") {
            return GitError(
                .network, plain.operation, "the server sends us to another address",
                hint: "configure the address where the repository is now")
        }
        // libgit2 takes a path where nothing is for a URL of a kind that it doesn't know.
        if remote.url.scheme == .file, plain.code == .missing || text.hasPrefix("unsupported URL protocol") {
            return GitError(.missing, plain.operation, "no git repository is there")
        }
        if text.contains("authenticate") || plain.code == .authentication {
            return GitError(
                .authentication, plain.operation, text, hint: "check the key, its passphrase and its user")
        }
        return plain
    }

    private func answer(_ status: String) -> GitError {
        let hint = "check the path, and that the credentials may read it"
        return switch status {
        case "401", "403":
            GitError(.authentication, plain.operation, "the server answers \(status)", hint: hint)
        case "404": GitError(.missing, plain.operation, "the server has no such repository", hint: hint)
        default: GitError(.network, plain.operation, "the server answers \(status)")
        }
    }
}
