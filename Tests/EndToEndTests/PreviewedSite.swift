import Crypto
import Fakes
import Fixtures
import Foundation
import HTTPClient
import Testing

/// A site whose repository is at home on a fake forge, which tells of requests by webhooks.
struct PreviewedSite: Sendable {
    static let secret = "0123456789abcdef0123456789abcdef"
    let site: Site
    let fake: ForgeFake

    /// - Parameters:
    ///   - previews: settings, `forks: true`.
    ///   - source: of each source, beginning with a comma.
    ///   - follower: whether another source has the folder `n`, and may refer to the first.
    init(
        _ fake: ForgeFake, at url: String, previews: String = "", interval: String = "1h",
        source: String = "", follower: Bool = false
    )
        async throws
    {
        (site, self.fake) = (try await Site(), fake)
        let token = try site.token()
        let other =
            "  blog: {repository: infra, path: n, variables: {root: \(site.root)}, "
            + "allow: {roots: [\(site.root)], references: [shop]}\(source)}"
        try site.folder.write(Self.secret, to: "forge.secret")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(site.path)/forge.secret")
        try site.folder.write(
            """
            name: shop-prod
            url: https://martlet.example
            state: \(site.state)
            socket: \(site.socket)
            listen: 127.0.0.1:0
            repositories:
              infra:
                url: \(site.git.path)
                interval: \(interval)
                timeout: 30s
                forge:
                  {type: \(fake.kind), project: \(ForgeFake.project), api: "\(url)\(fake.api)", token: {file: \(token)},
                   previews: {\(previews)}}
            sources:
              shop:
                {repository: infra, path: m, variables: {root: \(site.root)}, allow: {roots: [\(site.root)]}\(source)}
            \(follower ? other : "")
            hooks:
              forge: {provider: \(fake.kind), secrets: [{file: forge.secret}], rate: 1000000/h}
            """, to: "martlet.yaml")
    }

    func write(_ name: String, _ content: String) throws {
        try site.git.write(
            hostManifest(name, "file", path: "${var.root}/\(name)", "content: \"\(content)\""),
            to: "m/\(name).yaml")
    }

    /// Commits what `change` writes to a branch that begins at `main`, and gives it to a request as its head.
    @discardableResult
    func propose(_ number: Int = 7, _ change: () throws -> Void) async throws -> String {
        try await site.git("checkout", "--quiet", "--force", "-B", "topic", "main")
        try change()
        let head = try await site.git.commit("Change things")
        try await publish(number, head)
        try await site.git("checkout", "--quiet", "--force", "main")
        return head
    }
    func publish(_ number: Int, _ head: String) async throws {
        let reference =
            switch fake.kind {
            case .github, .gitea, .forgejo: "refs/pull/\(number)/head"
            case .gitlab: "refs/merge-requests/\(number)/head"
            case .bitbucket: "refs/heads/topic"
            }
        if fake.kind != .bitbucket { try await site.git("update-ref", reference, head) }
    }

    /// Brings heads into `main` one after the other, so that nobody sees it with one of them only.
    func merge(_ heads: [String], _ how: String) async throws {
        try await site.git("checkout", "--quiet", "-B", "merging", "main")
        for head in heads {
            switch how {
            case "squash":
                try await site.git("merge", "--quiet", "--squash", head)
                try await site.git.commit("Squash it")
            case "rebase": try await site.git("cherry-pick", "main..\(head)")
            default: try await site.git("merge", "--quiet", "--no-ff", "-m", "Merge it", head)
            }
        }
        try await site.git("branch", "--quiet", "--force", "main", "merging")
        try await site.git("checkout", "--quiet", "main")
    }

    /// As the forge tells of a request.
    func deliver(_ event: String, _ run: Run, of number: Int = 7, id: String = UUID().uuidString) async throws
    {
        let (names, body) = said(event, number)
        let port = run.log.firstMatch(of: #/address=127\.0\.0\.1:(\d+)/#)?.1 ?? "0"
        var request = HTTPRequest("POST", "http://127.0.0.1:\(port)/hooks/forge", body: Array(body.utf8))
        for (name, value) in names { request.headers[name] = value }
        let ids = [
            "github": "X-GitHub-Delivery", "gitlab": "X-Gitlab-Event-UUID", "bitbucket": "X-Request-UUID",
        ]
        request.headers[ids[fake.kind.rawValue] ?? "X-\(fake.kind.rawValue)-Delivery"] = id
        for (name, value) in proof(body) { request.headers[name] = value }
        request.headers["content-type"] = "application/json"
        let answer = try await HTTPClient().send(request)
        #expect(answer.status == 202 && answer.text.contains("accepted"), "\(answer.text)")
    }

    private func said(_ event: String, _ number: Int) -> (headers: [String: String], body: String) {
        switch fake.kind {
        case .github, .gitea, .forgejo:
            let header = fake.kind == .github ? "X-GitHub-Event" : "X-\(fake.kind.rawValue)-Event"
            if event == "commented" {
                return (
                    [header: "issue_comment"],
                    #"{"action": "created", "is_pull": true, "issue": {"number": \#(number), "pull_request": {}}}"#
                )
            }
            let action = event == "pushed" ? "synchronize" : event
            return ([header: "pull_request"], #"{"action": "\#(action)", "number": \#(number)}"#)
        case .gitlab:
            if event == "commented" {
                return (
                    ["X-Gitlab-Event": "Note Hook"],
                    #"{"object_kind": "note", "object_attributes": {"noteable_type": "MergeRequest"}, "merge_request": {"iid": \#(number)}}"#
                )
            }
            let action = ["opened": "open", "pushed": "update", "closed": "close"][event] ?? event
            return (
                ["X-Gitlab-Event": "Merge Request Hook"],
                #"{"object_kind": "merge_request", "object_attributes": {"iid": \#(number), "action": "\#(action)"}}"#
            )
        case .bitbucket:
            let names = [
                "opened": "created", "pushed": "updated", "closed": "rejected",
                "commented": "comment_created",
            ]
            return (
                ["X-Event-Key": "pullrequest:\(names[event] ?? event)"],
                #"{"pullrequest": {"id": \#(number)}}"#
            )
        }
    }

    private func proof(_ body: String) -> [String: String] {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(body.utf8), using: SymmetricKey(data: Data(Self.secret.utf8)))
        let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        switch fake.kind {
        case .github: return ["X-Hub-Signature-256": "sha256=" + digits]
        case .gitlab: return ["X-Gitlab-Token": Self.secret]
        case .gitea: return ["X-Gitea-Signature": digits]
        case .forgejo: return ["X-Forgejo-Signature": digits]
        case .bitbucket: return ["X-Hub-Signature": "sha256=" + digits]
        }
    }

    /// The one comment of a controller; nil while it is not there.
    func comment(_ number: Int = 7, of controller: String = "shop-prod") -> String? {
        let own = fake.ownComments(on: number).filter { $0.text.contains("by \(controller)") }
        return own.count > 1 ? "\(own.count) comments" : own.first?.text
    }
    func status(_ head: String) -> ForgeFake.Status? {
        fake.statuses.last {
            $0.commit == head && $0.context.contains("preview")
                || $0.commit == head && $0.context.hasPrefix("martlet-")
        }
    }
}
