import Foundation
import Synchronization

/// What the forges' APIs tell, in all their names.
struct UserRow: Decodable {
    var id: Int?
    var login, username, uuid, nickname, displayName: String?
    /// `User`, `Bot` of GitHub; `user`, `app_user`, `team` of Bitbucket.
    var type: String?

    func user(_ kind: Forge.Kind) -> ForgeUser? {
        var user = named(kind)
        user?.isBot = isBot(kind)
        return user
    }

    private func isBot(_ kind: Forge.Kind) -> Bool {
        switch kind {
        case .github: type == "Bot"
        // Whom GitLab makes for the token of a project or a group: `project_7_bot_3f2c9e1`.
        case .gitlab: username?.firstMatch(of: #/^(project|group)_[0-9]+_bot(_|$)/#) != nil
        case .gitea, .forgejo: false
        case .bitbucket: type == "app_user" || type == "team"
        }
    }

    private func named(_ kind: Forge.Kind) -> ForgeUser? {
        switch kind {
        case .github, .gitea, .forgejo:
            guard let id, let name = login ?? username else { return nil }
            return ForgeUser(id: String(id), name: name)
        case .gitlab:
            guard let id, let username else { return nil }
            return ForgeUser(id: String(id), name: username)
        case .bitbucket:
            guard let uuid else { return nil }
            return ForgeUser(id: uuid, name: nickname ?? displayName ?? uuid)
        }
    }
}

struct RequestRow: Decodable {
    struct Repository: Decodable { var fullName: String? }
    struct Commit: Decodable { var hash: String? }
    struct Branch: Decodable { var name: String? }
    struct End: Decodable {
        var sha, ref: String?
        var repo: Repository?
        var branch: Branch?
        var commit: Commit?
        var repository: Repository?
    }
    struct Link: Decodable { var href: String? }
    struct Links: Decodable { var html: Link? }
    var number, iid, id: Int?
    var title, state, mergedAt, htmlUrl, webUrl, updatedAt, updatedOn: String?
    var draft, merged: Bool?
    var user, author: UserRow?
    var head, base, source, destination: End?
    var sha, sourceBranch, targetBranch: String?
    var sourceProjectId, targetProjectId, userNotesCount, commentCount: Int?
    var links: Links?

    /// Nil where something is missing that a preview needs.
    func request(_ kind: Forge.Kind) -> ChangeRequest? {
        switch kind {
        case .github, .gitea, .forgejo: pull(kind)
        case .gitlab: mergeRequest()
        case .bitbucket: bucketRequest()
        }
    }

    private func pull(_ kind: Forge.Kind) -> ChangeRequest? {
        guard let number, let author = user?.user(kind), let head = head?.sha, let base = base?.ref else {
            return nil
        }
        let isMerged = merged == true || mergedAt != nil
        var request = ChangeRequest(
            number: number, state: state == "open" ? .open : isMerged ? .merged : .closed, author: author,
            head: head, headBranch: self.head?.ref ?? "", base: base)
        request.isFork = isFork(self.head?.repo, self.base?.repo)
        finish(&request, url: htmlUrl, stamp: updatedAt, comments: nil)
        return request
    }
    private func mergeRequest() -> ChangeRequest? {
        guard let iid, let author = author?.user(.gitlab), let sha, let targetBranch else { return nil }
        let states: [String: ChangeRequest.State] = ["opened": .open, "locked": .open, "merged": .merged]
        var request = ChangeRequest(
            number: iid, state: states[state ?? ""] ?? .closed, author: author, head: sha,
            headBranch: sourceBranch ?? "", base: targetBranch)
        request.isFork = sourceProjectId == nil || sourceProjectId != targetProjectId
        finish(&request, url: webUrl, stamp: updatedAt, comments: userNotesCount)
        return request
    }
    private func bucketRequest() -> ChangeRequest? {
        guard let id, let author = author?.user(.bitbucket), let head = source?.commit?.hash,
            let base = destination?.branch?.name
        else { return nil }
        let states: [String: ChangeRequest.State] = ["OPEN": .open, "MERGED": .merged]
        var request = ChangeRequest(
            number: id, state: states[state ?? ""] ?? .closed, author: author, head: head,
            headBranch: source?.branch?.name ?? "", base: base)
        request.isFork = isFork(source?.repository, destination?.repository)
        finish(&request, url: links?.html?.href, stamp: updatedOn, comments: commentCount)
        return request
    }

    /// One whose repository is gone, or not told, counts as a fork.
    private func isFork(_ head: Repository?, _ base: Repository?) -> Bool {
        guard let head = head?.fullName, let base = base?.fullName else { return true }
        return head.lowercased() != base.lowercased()
    }
    private func finish(_ request: inout ChangeRequest, url: String?, stamp: String?, comments: Int?) {
        (request.title, request.isDraft, request.url) = (title ?? "", draft ?? false, url ?? "")
        request.stamp = "\(stamp ?? "") \(comments ?? 0)"
        request.updated = stamp.flatMap { Timestamp(forgeTime: $0) }?.milliseconds
    }
}

struct CommentRow: Decodable {
    struct Content: Decodable { var raw: String? }
    var id: Int?
    var body: String?
    var content: Content?
    var user, author: UserRow?
    var createdAt, updatedAt, createdOn, updatedOn: String?
    var system, deleted: Bool?

    /// Nil where nobody wrote it, or it is gone.
    func comment(_ kind: Forge.Kind) -> ForgeComment? {
        guard system != true, deleted != true, let id, let text = body ?? content?.raw,
            let author = (author ?? user)?.user(kind),
            let created = (createdAt ?? createdOn).flatMap({ Timestamp(forgeTime: $0) })
        else { return nil }
        let updated = (updatedAt ?? updatedOn).flatMap { Timestamp(forgeTime: $0) } ?? created
        return ForgeComment(
            id: id, author: author, text: text, created: created.milliseconds, updated: updated.milliseconds)
    }
}

/// Whom a forge's token belongs to, once that is known.
final class ForgeIdentity: Sendable {
    private let known: Mutex<ForgeUser?>
    init(_ user: ForgeUser?) { known = Mutex(user) }
    var user: ForgeUser? {
        get { known.withLock(\.self) }
        set { known.withLock { $0 = newValue } }
    }
}
