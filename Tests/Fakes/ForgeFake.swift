import Foundation
import Synchronization

/// A forge as its documentation describes it, and as strict: whatever is not as documented is answered with 4xx and kept in
/// `complaints`.
package final class ForgeFake: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case github, gitlab, gitea, forgejo, bitbucket }
    package struct Status: Hashable, Sendable {
        package var commit: String
        package var context: String
        package var state: String
        package var description: String
        package var url: String?
    }
    private struct State {
        var statuses: [Status] = []
        var posts = 0
        var reads = 0
        var complaints: [String] = []
        /// Given instead of what the forge would say, once each, before anything is done.
        var refusals: [FakeAnswer] = []
        /// What is done to a post that was taken, before it is answered.
        var pause: @Sendable () async -> Void = {}
        /// Taken, and answered with this.
        var brokenAnswers: [FakeAnswer] = []
    }
    package let kind: Kind
    package static let token = "canary-forge-token-5b1f"
    package static let project = "shop/infra"
    private let state = Mutex(State())
    let requests = Mutex(Requests())
    /// The most rows of a page, however many are asked for.
    let pageLength: Int

    package init(_ kind: Kind, pageLength: Int = 100) { (self.kind, self.pageLength) = (kind, pageLength) }

    package var statuses: [Status] { state.withLock(\.statuses) }
    package var reads: Int { state.withLock(\.reads) }
    package var posts: Int { state.withLock(\.posts) }
    package var complaints: [String] { state.withLock(\.complaints) }
    package func refuse(_ answers: FakeAnswer...) { state.withLock { $0.refusals += answers } }
    package func breakOff(_ answers: FakeAnswer...) { state.withLock { $0.brokenAnswers += answers } }
    package func pause(_ body: @escaping @Sendable () async -> Void) { state.withLock { $0.pause = body } }

    /// Below the server's address.
    package var api: String {
        switch kind {
        case .github: ""
        case .gitlab: "/api/v4"
        case .gitea, .forgejo: "/api/v1"
        case .bitbucket: "/2.0"
        }
    }

    @Sendable package func answer(_ request: FakeRequest) async -> FakeAnswer {
        if let refusal = state.withLock({ $0.refusals.isEmpty ? nil : $0.refusals.removeFirst() }) {
            return refusal
        }
        let answer = judge(request)
        guard request.method != "GET", answer.status < 400 else { return answer }
        let pause = state.withLock(\.pause)
        await pause()
        return state.withLock { $0.brokenAnswers.isEmpty ? answer : $0.brokenAnswers.removeFirst() }
    }

    func complain(_ status: Int, _ why: String) -> FakeAnswer {
        state.withLock { $0.complaints.append(why) }
        return FakeAnswer(status, #"{"message": "\#(status)"}"#)
    }

    private func judge(_ request: FakeRequest) -> FakeAnswer {
        let (name, value) =
            switch kind {
            case .github, .bitbucket: ("authorization", "Bearer \(Self.token)")
            case .gitlab: ("private-token", Self.token)
            case .gitea, .forgejo: ("authorization", "token \(Self.token)")
            }
        guard request.headers[name] == value else { return complain(401, "\(name) is wrong") }
        guard request.headers["user-agent"]?.hasPrefix("martlet/") == true else {
            return complain(403, "no user agent")
        }
        if kind == .github, request.headers["accept"] != "application/vnd.github+json" {
            return complain(415, "accept is wrong")
        }
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(
            String.init)
        if let answer = answerAboutRequests(request, parts) { return answer }
        switch (request.method, route(parts)) {
        case ("POST", .post(let commit)): return post(request, commit)
        case ("GET", .read(let commit, let key)): return read(request, commit, key)
        case ("GET", .repository): return FakeAnswer(200, "{}")
        default: return complain(404, "\(request.method) \(request.path) is no path of \(kind)")
        }
    }

    private enum Route {
        case post(String)
        case read(String, key: String?)
        case repository, unknown
    }

    private func route(_ parts: [String]) -> Route {
        let isCommit: (String) -> Bool = { $0.count == 40 && $0.allSatisfy(\.isHexDigit) }
        switch kind {
        case .github, .gitea, .forgejo:
            let parts = kind == .github ? parts : Array(parts.dropFirst(2))
            guard parts.prefix(3) == ["repos", "shop", "infra"] else { return .unknown }
            switch parts.dropFirst(3).map(\.self) {
            case []: return .repository
            case let rest where rest.count == 2 && rest[0] == "statuses" && isCommit(rest[1]):
                return .post(rest[1])
            case let rest
            where rest.count == 3 && rest[0] == "commits" && rest[2] == "status" && isCommit(rest[1]):
                return .read(rest[1], key: nil)
            default: return .unknown
            }
        case .gitlab:
            guard parts.prefix(4) == ["api", "v4", "projects", "shop%2Finfra"] else { return .unknown }
            switch parts.dropFirst(4).map(\.self) {
            case []: return .repository
            case let rest where rest.count == 2 && rest[0] == "statuses" && isCommit(rest[1]):
                return .post(rest[1])
            case let rest
            where rest.count == 4 && rest.prefix(2) == ["repository", "commits"] && rest[3] == "statuses":
                return .read(rest[2], key: nil)
            default: return .unknown
            }
        case .bitbucket:
            guard parts.prefix(4) == ["2.0", "repositories", "shop", "infra"] else { return .unknown }
            switch parts.dropFirst(4).map(\.self) {
            case []: return .repository
            case let rest
            where (4...5).contains(rest.count) && rest[0] == "commit" && rest[2...3] == ["statuses", "build"]
                && isCommit(rest[1]):
                return rest.count == 4
                    ? .post(rest[1]) : .read(rest[1], key: rest[4].removingPercentEncoding)
            default: return .unknown
            }
        }
    }

    private func post(_ request: FakeRequest, _ commit: String) -> FakeAnswer {
        guard request.headers["content-type"] == "application/json",
            let body = request.json as? [String: String]
        else { return complain(400, "body is no JSON object of strings") }
        let (keys, states, limit): (Set<String>, Set<String>, Int) =
            switch kind {
            case .github:
                (
                    ["state", "description", "context", "target_url"],
                    ["error", "failure", "pending", "success"], 140
                )
            case .gitlab:
                (
                    ["state", "description", "name", "target_url"],
                    ["pending", "running", "success", "failed", "canceled"], 255
                )
            case .gitea, .forgejo:
                (
                    ["state", "description", "context", "target_url"],
                    ["pending", "success", "error", "failure", "warning"], 255
                )
            case .bitbucket:
                (
                    ["state", "description", "key", "name", "url"], ["SUCCESSFUL", "FAILED", "INPROGRESS"],
                    255
                )
            }
        guard Set(body.keys).isSubset(of: keys) else { return complain(422, "unknown keys in \(body.keys)") }
        let state = body["state"] ?? ""
        guard states.contains(state) else { return complain(422, "state '\(state)' is unknown") }
        let words = body["description"] ?? ""
        guard words.utf16.count <= limit, !words.contains("\n") else {
            return complain(422, "description is too long")
        }
        let context = body[kind == .gitlab ? "name" : kind == .bitbucket ? "key" : "context"] ?? ""
        guard !context.isEmpty, context.utf8.count <= (kind == .bitbucket ? 40 : 255) else {
            return complain(422, "context is missing or too long")
        }
        let url = body[kind == .bitbucket ? "url" : "target_url"]
        if kind == .bitbucket, url == nil { return complain(400, "url is missing") }
        let status = Status(commit: commit, context: context, state: state, description: words, url: url)
        return self.state.withLock { held in
            held.posts += 1
            // GitLab's state machine.
            if kind == .gitlab,
                held.statuses.last(where: { $0.commit == commit && $0.context == context })?.state == state
            {
                return FakeAnswer(
                    400, #"{"message":"Cannot transition status via :enqueue from :\#(state)"}"#)
            }
            let own = held.statuses.count { $0.commit == commit && $0.context == context }
            guard own < 1000 else { return FakeAnswer(422, #"{"message":"Validation Failed"}"#) }
            if kind == .bitbucket { held.statuses.removeAll { $0.commit == commit && $0.context == context } }
            held.statuses.append(status)
            return FakeAnswer(201, "{}", headers: ["content-type": "application/json"])
        }
    }

    private func read(_ request: FakeRequest, _ commit: String, _ key: String?) -> FakeAnswer {
        let all = state.withLock { held in
            held.reads += 1
            return held.statuses.enumerated().filter { $0.element.commit == commit }
        }
        let rows: [[String: Any]] = all.map { number, status in
            var row: [String: Any] = ["id": number + 1, "description": status.description]
            switch kind {
            case .github:
                (row["state"], row["context"], row["target_url"]) = (status.state, status.context, status.url)
            case .gitea, .forgejo:
                (row["status"], row["context"], row["target_url"]) = (
                    status.state, status.context, status.url ?? ""
                )
            case .gitlab:
                (row["status"], row["name"], row["target_url"]) = (status.state, status.context, status.url)
            case .bitbucket:
                (row["state"], row["key"], row["url"]) = (status.state, status.context, status.url)
            }
            return row
        }
        switch kind {
        case .github, .gitea, .forgejo:
            guard request.query[kind == .github ? "per_page" : "limit"] != nil else {
                return complain(422, "no page")
            }
            // The newest of each context.
            var newest: [String: [String: Any]] = [:]
            for row in rows { newest[row["context"] as? String ?? ""] = row }
            return json(["statuses": Array(newest.values)])
        case .gitlab: return json(rows.filter { $0["name"] as? String == request.query["name"] })
        case .bitbucket:
            guard let row = rows.last(where: { $0["key"] as? String == key }) else {
                return FakeAnswer(404, "{}")
            }
            return json(row)
        }
    }
    func json(_ value: Any) -> FakeAnswer {
        let data = (try? JSONSerialization.data(withJSONObject: value)) ?? Data()
        return FakeAnswer(
            200, String(decoding: data, as: UTF8.self), headers: ["content-type": "application/json"])
    }
}
