package import Foundation
import Synchronization

/// Pull and merge requests, what is written beside them, and who may what.
extension ForgeFake {
    package struct Request: Sendable {
        package var number: Int
        package var title = "Change things"
        package var author = "ada"
        package var head: String
        package var headBranch = "topic"
        package var base = "main"
        package var isFork = false
        package var isDraft = false
        /// The list leaves it out, as one does whose pages move while they are read.
        package var isUnlisted = false
        /// `open`, `merged` or `closed`.
        package var state = "open"
        var updated = Date()
        package init(_ number: Int, head: String) { (self.number, self.head) = (number, head) }
    }
    package struct Comment: Sendable {
        package var id: Int
        package var number: Int
        package var author: String
        package var text: String
        var created, updated: Date
    }
    package struct Reaction: Hashable, Sendable {
        package var comment: Int
        package var name: String
        package init(comment: Int, name: String) { (self.comment, self.name) = (comment, name) }
    }
    struct Requests: Sendable {
        var all: [Int: Request] = [:]
        var comments: [Comment] = []
        var nextComment = 100
        var reactions: [Reaction] = []
        /// Calls that changed a comment, as `POST` or `PATCH`.
        var writes: [String] = []
        /// By name, `write` and the like.
        var permissions = [
            "ada": "write", "grace": "write", "eve": "read", "project_7_bot_3f2c9e1": "write",
        ]
        var asked: [String] = []
    }
    /// Whom the token belongs to.
    package static let ownName = "martlet-bot"
    static let people = [ownName, "ada", "grace", "eve", "mallory", "project_7_bot_3f2c9e1"]

    package func open(_ request: Request) { requests.withLock { $0.all[request.number] = request } }
    package func change(_ number: Int, _ change: (inout Request) -> Void) {
        requests.withLock { held in
            guard var request = held.all[number] else { return }
            change(&request)
            request.updated = Date()
            held.all[number] = request
        }
    }
    @discardableResult
    package func write(_ text: String, on number: Int, by author: String, at now: Date = Date()) -> Int {
        requests.withLock { held in
            held.nextComment += 1
            held.comments.append(
                Comment(
                    id: held.nextComment, number: number, author: author, text: text, created: now,
                    updated: now))
            held.all[number]?.updated = now
            return held.nextComment
        }
    }
    package func rewrite(_ comment: Int, _ text: String) {
        requests.withLock { held in
            guard let index = held.comments.firstIndex(where: { $0.id == comment }) else { return }
            (held.comments[index].text, held.comments[index].updated) = (text, Date(timeIntervalSinceNow: 2))
        }
    }
    package func remove(_ comment: Int) {
        requests.withLock { $0.comments.removeAll { $0.id == comment } }
    }
    package func permit(_ name: String, _ permission: String?) {
        requests.withLock { $0.permissions[name] = permission }
    }
    package func comments(on number: Int) -> [Comment] {
        requests.withLock { $0.comments.filter { $0.number == number } }
    }
    /// Those that the token's owner wrote.
    package func ownComments(on number: Int) -> [Comment] {
        comments(on: number).filter { $0.author == Self.ownName }
    }
    package var reactions: [Reaction] { requests.withLock(\.reactions) }
    package var writes: [String] { requests.withLock(\.writes) }
    /// Whose permission was asked for.
    package var asked: [String] { requests.withLock(\.asked) }
}

extension ForgeFake {
    /// Nil where it is about nothing of that.
    func answerAboutRequests(_ request: FakeRequest, _ parts: [String]) -> FakeAnswer? {
        guard let place = place(parts) else { return nil }
        switch (request.method, place) {
        case ("GET", .user): return json(user(Self.ownName))
        case ("GET", .list): return list(request)
        case ("GET", .one(let number)):
            guard let found = requests.withLock({ $0.all[number] }) else { return FakeAnswer(404, "{}") }
            return json(row(found))
        case ("GET", .comments(let number)): return comments(request, number)
        case ("POST", .comments(let number)): return make(request, number)
        case ("PATCH", .comment(let id)) where kind == .github || kind == .gitea || kind == .forgejo:
            return edit(request, id)
        case ("PUT", .comment(let id)) where kind == .gitlab || kind == .bitbucket: return edit(request, id)
        case ("POST", .reactions(let id)): return react(request, id)
        case ("GET", .permission(let name)): return permission(name, request)
        default: return complain(405, "\(request.method) \(request.path)")
        }
    }

    private enum Place {
        case user, list
        case one(Int)
        case comments(Int)
        case comment(Int)
        case reactions(Int)
        case permission(String)
    }

    private func place(_ parts: [String]) -> Place? {
        let base = api.split(separator: "/").map(String.init)
        guard Array(parts.prefix(base.count)) == base else { return nil }
        let parts = Array(parts.dropFirst(base.count))
        if parts == ["user"] { return .user }
        switch kind {
        case .github, .gitea, .forgejo: return hubPlace(parts)
        case .gitlab: return labPlace(parts)
        case .bitbucket: return bucketPlace(parts)
        }
    }
    private func hubPlace(_ parts: [String]) -> Place? {
        guard parts.starts(with: ["repos", "shop", "infra"]) else { return nil }
        let rest = Array(parts.dropFirst(3))
        switch (rest.first, rest.count) {
        case ("pulls"?, 1): return .list
        case ("pulls"?, 2): return Int(rest[1]).map { .one($0) }
        case ("issues"?, 3) where rest[1] == "comments": return Int(rest[2]).map { .comment($0) }
        case ("issues"?, 3) where rest[2] == "comments": return Int(rest[1]).map { .comments($0) }
        case ("issues"?, 4) where rest[1] == "comments" && rest[3] == "reactions":
            return Int(rest[2]).map { .reactions($0) }
        case ("collaborators"?, 3) where rest[2] == "permission": return .permission(rest[1])
        default: return nil
        }
    }
    private func labPlace(_ parts: [String]) -> Place? {
        guard parts.starts(with: ["projects", "shop%2Finfra"]) else { return nil }
        let rest = Array(parts.dropFirst(2))
        if rest.count == 3, rest[0] == "members", rest[1] == "all" { return .permission(rest[2]) }
        guard rest.first == "merge_requests" else { return nil }
        switch rest.count {
        case 1: return .list
        case 2: return Int(rest[1]).map { .one($0) }
        case 3 where rest[2] == "notes": return Int(rest[1]).map { .comments($0) }
        case 4 where rest[2] == "notes": return Int(rest[3]).map { .comment($0) }
        case 5 where rest[2] == "notes" && rest[4] == "award_emoji":
            return Int(rest[3]).map { .reactions($0) }
        default: return nil
        }
    }
    private func bucketPlace(_ parts: [String]) -> Place? {
        if parts == ["workspaces", "shop", "permissions", "repositories", "infra"] { return .permission("") }
        guard parts.starts(with: ["repositories", "shop", "infra", "pullrequests"]) else { return nil }
        let rest = Array(parts.dropFirst(4))
        switch rest.count {
        case 0: return .list
        case 1: return Int(rest[0]).map { .one($0) }
        case 2 where rest[1] == "comments": return Int(rest[0]).map { .comments($0) }
        case 3 where rest[1] == "comments": return Int(rest[2]).map { .comment($0) }
        default: return nil
        }
    }
}
