import Foundation
import HTTPClient

extension Forge {
    /// The repository itself.
    var repositoryPath: String {
        switch kind {
        case .github, .gitea, .forgejo: "/repos/\(projectParts)"
        case .gitlab: "/projects/\(project.pathPart)"
        case .bitbucket: "/repositories/\(projectParts)"
        }
    }
    private var projectParts: String { project.split(separator: "/").map(\.pathPart).joined(separator: "/") }

    func post(_ shown: Shown, _ courier: Courier) -> HTTPRequest {
        var fields: [String: String] = ["state": shown.state, "description": shown.description]
        switch kind {
        case .github, .gitea, .forgejo:
            (fields["context"], fields["target_url"]) = (shown.context, shown.url)
        case .gitlab: (fields["name"], fields["target_url"]) = (shown.context, shown.url)
        case .bitbucket:
            (fields["key"], fields["name"], fields["url"]) = (shown.context, shown.context, shown.url)
        }
        let path =
            switch kind {
            case .github, .gitea, .forgejo, .gitlab: "/statuses/\(shown.commit)"
            case .bitbucket: "/commit/\(shown.commit)/statuses/build"
            }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings can always be encoded.
        let body = (try? encoder.encode(fields)) ?? Data()
        return request("POST", repositoryPath + path, courier, body: Array(body))
    }

    func judge(_ response: HTTPResponse, _ shown: Shown?, _ now: Date) -> Sending {
        var sending = Sending(response, now: now)
        switch response.status {
        case 403 where sending.pause == nil && response.text.contains("rate limit"):
            // GitHub's second limit, which does not always say until when.
            sending.pause = .seconds(60)
            sending.words = "answered 403: too many requests"
        case 401, 403, 404:
            if sending.pause == nil { sending.hint = permissionHint(response.status) }
        case 400 where kind == .gitlab && response.text.contains("Cannot transition status"):
            // It is in that state already, and takes no other description for it.
            sending = Sending(.taken, "stands already")
        // One thing is gone, and not the forge.
        case 400, 410, 422: sending.outcome = .refused
        default: break
        }
        return sending
    }

    private func permissionHint(_ status: Int) -> String {
        if status == 401 { return "the token of '\(name)' is not valid, or no longer" }
        let right =
            switch kind {
            case .github: "'Commit statuses: write' (a classic token: 'repo:status')"
            case .gitlab: "the scope 'api' and the role Developer"
            case .gitea, .forgejo: "'write:repository', and a user who may push"
            case .bitbucket: "'repository:write'"
            }
        return "give the token of '\(name)' \(right) on \(project), and look whether that is its name"
    }
}

extension Forge {
    enum Present: Hashable, Sendable {
        case shown(Shown)
        case nothing
        case unknown(Sending)
    }
    private static let maxPages = 10

    /// What the forge shows now under a status's context.
    func present(_ wanted: Shown, _ courier: Courier) async throws(HTTPError) -> Present {
        for page in 1...Self.maxPages {
            let answer = try await courier.http(request("GET", presentPath(wanted, page: page), courier))
            if kind == .bitbucket, answer.status == 404 { return .nothing }
            guard answer.head.isSuccess else { return .unknown(judge(answer, nil, courier.date)) }
            guard let found = rows(answer.body) else {
                return .unknown(Sending(.failed, "its answer can't be read"))
            }
            // Of a context that is named twice the newest counts.
            let own = found.filter { $0.context.lowercased() == wanted.context.lowercased() }
            if let row = own.max(by: { $0.id < $1.id }) {
                return .shown(
                    Shown(
                        commit: wanted.commit, context: wanted.context, state: row.state,
                        description: row.description, url: row.url))
            }
            if found.count < 50 { return .nothing }
        }
        return .nothing
    }

    private func presentPath(_ wanted: Shown, page: Int) -> String {
        switch kind {
        case .github:
            "\(repositoryPath)/commits/\(wanted.commit)/status?per_page=50&page=\(page)"
        case .gitea, .forgejo:
            "\(repositoryPath)/commits/\(wanted.commit)/status?limit=50&page=\(page)"
        case .gitlab:
            "\(repositoryPath)/repository/commits/\(wanted.commit)/statuses"
                + "?name=\(wanted.context.pathPart)&per_page=50&page=\(page)"
        case .bitbucket:
            "\(repositoryPath)/commit/\(wanted.commit)/statuses/build/\(wanted.context.pathPart)"
        }
    }

    private struct Row {
        var id = 0
        var context, state, description: String
        var url: String?
    }

    /// Nil where it is not as documented.
    private func rows(_ body: [UInt8]) -> [Row]? {
        struct Combined: Decodable { var statuses: [Status]? }
        struct Status: Decodable {
            var id: Int?
            var context, name, key: String?
            var state, status: String?
            var description: String?
            var targetUrl, url: String?
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        func row(_ status: Status) -> Row? {
            let (context, state, url): (String?, String?, String?) =
                switch kind {
                case .github: (status.context, status.state, status.targetUrl)
                case .gitea, .forgejo: (status.context, status.status ?? status.state, status.targetUrl)
                case .gitlab: (status.name, status.status, status.targetUrl)
                case .bitbucket: (status.key, status.state, status.url)
                }
            guard let context, let state else { return nil }
            let shownURL = url.flatMap { $0.isEmpty ? nil : $0 }
            return Row(
                id: status.id ?? 0, context: context, state: state, description: status.description ?? "",
                url: shownURL)
        }
        switch kind {
        case .github, .gitea, .forgejo:
            guard let combined = try? decoder.decode(Combined.self, from: Data(body)) else { return nil }
            return (combined.statuses ?? []).compactMap(row)
        case .gitlab:
            return (try? decoder.decode([Status].self, from: Data(body)))?.compactMap(row)
        case .bitbucket:
            return (try? decoder.decode(Status.self, from: Data(body))).map { [$0].compactMap(row) }
        }
    }
}

extension StringProtocol {
    /// Fit to stand as one part of a path, or as a value of a query.
    var pathPart: String {
        let plain = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? String(self)
    }
}
