/// Who sends webhooks. A route's configuration says it; a request never does.
package enum HookProvider: String, Sendable, Hashable, CaseIterable {
    case github, gitlab, gitea, forgejo, bitbucket, generic, standard, cloudevents

    /// Whether a secret of the form `whsec_…` is a signing key of Standard Webhooks, and no text like another.
    package var knowsSigningSecrets: Bool {
        switch self {
        case .gitlab, .standard, .cloudevents: true
        case .github, .gitea, .forgejo, .bitbucket, .generic: false
        }
    }

    /// The header that the sender signs in, or shows its token in.
    func proof(isSigning: Bool) -> HookProof {
        if isSigning { return .standard }
        return switch self {
        case .github: .hex("X-Hub-Signature-256", prefix: "sha256=")
        case .gitlab: .token("X-Gitlab-Token")
        case .gitea: .hex("X-Gitea-Signature", prefix: "")
        case .forgejo: .hex("X-Forgejo-Signature", prefix: "")
        case .bitbucket: .hex("X-Hub-Signature", prefix: "sha256=")
        case .generic, .cloudevents: .hex("X-Signature", prefix: "sha256=")
        case .standard: .standard
        }
    }

    /// The header that names the event; none where the body does.
    var eventHeader: String? {
        switch self {
        case .github: "X-GitHub-Event"
        case .gitlab: "X-Gitlab-Event"
        case .gitea: "X-Gitea-Event"
        case .forgejo: "X-Forgejo-Event"
        case .bitbucket: "X-Event-Key"
        case .cloudevents: "ce-type"
        case .generic, .standard: nil
        }
    }

    /// Headers that name the delivery, the first that is there counting.
    var idHeaders: [String] {
        switch self {
        case .github: ["X-GitHub-Delivery"]
        // The first of them is signed, where anything is.
        case .gitlab: ["webhook-id", "Idempotency-Key", "X-Gitlab-Event-UUID"]
        case .gitea: ["X-Gitea-Delivery"]
        case .forgejo: ["X-Forgejo-Delivery"]
        case .bitbucket: ["X-Request-UUID", "X-Request-Id"]
        case .standard: ["webhook-id"]
        case .generic, .cloudevents: []
        }
    }
}

/// How a delivery shows that its sender knows the secret.
enum HookProof: Sendable, Hashable {
    /// HMAC-SHA256 over the raw body, in hexadecimal digits behind a prefix.
    case hex(String, prefix: String)
    /// HMAC-SHA256 over `id.timestamp.body`, as Standard Webhooks say.
    case standard
    /// The secret itself.
    case token(String)

    var header: String {
        switch self {
        case .hex(let name, _), .token(let name): name
        case .standard: "webhook-signature"
        }
    }
    /// Every header that any sender proves itself by.
    static let headers: [(name: String, providers: String)] = [
        ("X-Hub-Signature-256", "github"), ("X-Gitlab-Token", "gitlab with a token"),
        ("X-Gitea-Signature", "gitea"), ("X-Forgejo-Signature", "forgejo"),
        ("X-Hub-Signature", "bitbucket"), ("X-Signature", "generic"),
        ("webhook-signature", "standard, or gitlab with a signing token"),
    ]
}
