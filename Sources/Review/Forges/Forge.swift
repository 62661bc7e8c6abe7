import Crypto
import Foundation
import HTTPClient
import Model

/// Where a repository is at home: it takes the statuses of its commits.
package struct Forge: Receiver {
    package enum Kind: String, Sendable, CaseIterable { case github, gitlab, gitea, forgejo, bitbucket }

    /// As the outbox names it.
    package var name: String
    package var kind: Kind
    /// `https://api.github.com`, without a slash at its end.
    package var api: String
    /// `owner/name`; of GitLab a path of any length.
    package var project: String
    private let token: String
    let identity: ForgeIdentity
    package var caFile: String?
    package var timeout = Duration.seconds(15)
    /// One after the other, as forges ask for it.
    package var maxInFlight: Int { 1 }
    package var takesLastOnly: Bool { true }

    /// - Parameter user: whom the token belongs to; nil to ask the forge.
    package init(
        name: String, _ kind: Kind, api: String, project: String, token: String, user: String? = nil
    ) {
        identity = ForgeIdentity(user.map { ForgeUser(id: "", name: $0) })
        (self.name, self.kind, self.project, self.token) = (name, kind, project, token)
        self.api = api.hasSuffix("/") ? String(api.dropLast()) : api
    }

    /// Where the API of a repository's host answers.
    package static func usualAPI(_ kind: Kind, host: String) -> String {
        switch kind {
        case .github: host == "github.com" ? "https://api.github.com" : "https://\(host)/api/v3"
        case .gitlab: "https://\(host)/api/v4"
        case .gitea, .forgejo: "https://\(host)/api/v1"
        case .bitbucket: "https://api.bitbucket.org/2.0"
        }
    }

    package func send(_ message: Outbox.Message, by courier: Courier) async -> Sending {
        switch ForgeMessage(message.body) {
        case nil: return Sending(.refused, "it is of another version of martlet, and can't be read")
        case .status(let status)?:
            guard let wanted = shown(status) else { return Sending(.refused, "status can't be read") }
            return await post(wanted, isUnanswered: message.isUnanswered, courier)
        case .comment(let comment)?:
            return await put(comment, isUnanswered: message.isUnanswered, courier)
        case .reaction(let reaction)?: return await react(reaction, courier)
        }
    }

    /// Posts a status, unless that may have been done before and the forge shows it.
    private func post(_ wanted: Shown, isUnanswered: Bool, _ courier: Courier) async -> Sending {
        do throws(HTTPError) {
            if isUnanswered {
                switch try await present(wanted, courier) {
                case .shown(wanted): return Sending(.taken, "stands already")
                case .shown, .nothing: break
                case .unknown(var sending):
                    sending.isUnanswered = true
                    return sending
                }
            }
            guard await courier.begin() else { return Sending(.failed, "outbox can't be written") }
            return judge(try await courier.http(post(wanted, courier)), wanted, courier.date)
        } catch {
            var sending = Sending(error)
            sending.isUnanswered = sending.isUnanswered || isUnanswered
            return sending
        }
    }

    /// Reads, so that nothing of it stays.
    package func test(_ message: Outbox.Message, by courier: Courier) async -> Sending {
        do throws(HTTPError) {
            let answer = try await courier.http(request("GET", repositoryPath, courier))
            var sending = judge(answer, nil, courier.date)
            if sending.outcome == .taken { sending.words += ", so the token reads \(project)" }
            return sending
        } catch {
            return Sending(error)
        }
    }

    func request(
        _ method: String, _ path: String, _ courier: Courier, body: [UInt8]? = nil
    ) -> HTTPRequest {
        var headers: HTTPHeaders = ["accept": "application/json", "user-agent": courier.userAgent]
        switch kind {
        case .github:
            headers["accept"] = "application/vnd.github+json"
            headers["x-github-api-version"] = "2022-11-28"
            headers["authorization"] = "Bearer \(token)"
        case .gitlab: headers["private-token"] = token
        case .gitea, .forgejo: headers["authorization"] = "token \(token)"
        case .bitbucket: headers["authorization"] = "Bearer \(token)"
        }
        if body != nil { headers["content-type"] = "application/json" }
        var request = HTTPRequest(method, api + path, headers: headers, body: body)
        request.timeouts = HTTPRequest.Timeouts(connect: min(.seconds(10), timeout), whole: timeout)
        request.maxResponseBytes = 8 << 20
        (request.caFile, request.isConfidential) = (caFile, true)
        return request
    }
}

extension Forge: CustomStringConvertible, CustomReflectable {
    package var description: String { "forge '\(name)'" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Forge {
    /// A status in a forge's own words.
    struct Shown: Hashable, Sendable {
        var commit: String
        var context: String
        var state: String
        var description: String
        var url: String?
    }

    /// Nil where it can't be said there.
    func shown(_ status: CommitStatus) -> Shown? {
        guard !status.commit.isEmpty, status.commit.utf8.allSatisfy({ $0.hexDigit != nil }) else {
            return nil
        }
        return Shown(
            commit: status.commit, context: key(status.context), state: word(status.state),
            description: status.description.safeForDisplay.cut(toUnits: kind == .github ? 140 : 255),
            url: status.url)
    }

    private func word(_ state: CommitStatus.State) -> String {
        switch (kind, state) {
        case (.bitbucket, .pending): "INPROGRESS"
        case (.bitbucket, .success): "SUCCESSFUL"
        case (.bitbucket, _): "FAILED"
        case (_, .pending): "pending"
        case (_, .success): "success"
        case (.gitlab, .failure): "failed"
        case (.gitlab, .overtaken): "canceled"
        case (.github, .overtaken): "error"
        case (.gitea, .overtaken), (.forgejo, .overtaken): "warning"
        case (_, .failure): "failure"
        }
    }

    /// Bitbucket takes 40 characters.
    private func key(_ context: String) -> String {
        guard kind == .bitbucket, context.utf8.count > 40 else { return context }
        return "martlet-" + SHA256.hash(data: Data(context.utf8)).prefix(16).hex
    }
}
