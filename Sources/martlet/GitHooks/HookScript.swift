import Repository

/// A program that git starts, small, in POSIX shell: the texts are those of `hooks/`.
enum HookScript: String, CaseIterable {
    case preReceive = "pre-receive"
    case postReceive = "post-receive"
    case preCommit = "pre-commit"

    /// How it is told from somebody else's.
    static let mark = "Written by 'martlet hooks install'."

    /// `program` is martlet's absolute path.
    func text(program: String) -> String {
        let bytes =
            switch self {
            case .preReceive: PackageResources.pre_receive
            case .postReceive: PackageResources.post_receive
            case .preCommit: PackageResources.pre_commit
            }
        let quoted = "'\(program.replacing("'", with: "'\\''"))'"
        return String(decoding: bytes, as: UTF8.self).replacing("@MARTLET@", with: quoted)
    }
}
