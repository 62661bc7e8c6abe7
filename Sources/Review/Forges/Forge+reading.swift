import Foundation
import HTTPClient

/// What a forge is asked about requests. Nothing of it changes anything there.
extension Forge {
    private static let maxPages = 100

    /// The answer to one question, as `Shape` has it.
    func ask<Shape: Decodable>(
        _ shape: Shape.Type, _ path: String, _ courier: Courier
    ) async throws(ForgeFailure) -> (answer: Shape, hasMore: Bool) {
        let response: HTTPResponse
        do throws(HTTPError) { response = try await courier.http(request("GET", path, courier)) } catch {
            throw ForgeFailure(Sending(error))
        }
        guard response.head.isSuccess else {
            var failure = ForgeFailure(explained(response, courier))
            failure.isMissing = response.status == 404 || response.status == 410
            throw failure
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let answer = try? decoder.decode(shape, from: Data(response.body)) else {
            throw ForgeFailure(Sending(.failed, "its answer can't be read"))
        }
        let links = response.headers.values("link").joined(separator: ",")
        return (answer, links.contains(#"rel="next""#))
    }

    private struct Page<Row: Decodable>: Decodable {
        var values: [Row]
        var next: String?
    }

    /// All rows of a list, page by page. What can't be understood of them is left out.
    func list<Row: Decodable>(
        _ row: Row.Type, _ path: String, _ courier: Courier
    ) async throws(ForgeFailure) -> [Row] {
        var rows: [Row] = []
        for page in 1...Self.maxPages {
            let place = path + (path.contains("?") ? "&" : "?") + "page=\(page)"
            if kind == .bitbucket {
                let found = try await ask(Page<Sparse<Row>>.self, place, courier).answer
                rows += found.values.compactMap(\.value)
                if found.next == nil { break }
            } else {
                let found = try await ask([Sparse<Row>].self, place, courier)
                rows += found.answer.compactMap(\.value)
                if !found.hasMore { break }
            }
        }
        return rows
    }

    /// Everything that is open.
    package func openRequests(_ courier: Courier) async throws(ForgeFailure) -> [ChangeRequest] {
        let query =
            switch kind {
            case .github: "?state=open&per_page=100"
            case .gitlab: "?state=opened&per_page=100"
            case .gitea, .forgejo: "?state=open&limit=50"
            case .bitbucket: "?state=OPEN&pagelen=50"
            }
        let rows = try await list(RequestRow.self, requestsPath + query, courier)
        return rows.compactMap { $0.request(kind) }
    }

    package func changeRequest(_ number: Int, _ courier: Courier) async throws(ForgeFailure) -> ChangeRequest
    {
        let row = try await ask(RequestRow.self, "\(requestsPath)/\(number)", courier).answer
        guard let request = row.request(kind) else {
            throw ForgeFailure(Sending(.failed, "its answer about request \(number) can't be read"))
        }
        return request
    }

    /// Oldest first.
    package func comments(on number: Int, _ courier: Courier) async throws(ForgeFailure) -> [ForgeComment] {
        let rows =
            switch kind {
            case .github: try await list(CommentRow.self, commentsPath(number) + "?per_page=100", courier)
            // All at once.
            case .gitea, .forgejo:
                try await ask([Sparse<CommentRow>].self, commentsPath(number), courier).answer
                    .compactMap(\.value)
            case .gitlab:
                try await list(
                    CommentRow.self, commentsPath(number) + "?sort=asc&order_by=created_at&per_page=100",
                    courier)
            case .bitbucket:
                try await list(
                    CommentRow.self, commentsPath(number) + "?sort=created_on&pagelen=100", courier)
            }
        return rows.compactMap { $0.comment(kind) }.sorted { $0.id < $1.id }
    }

    /// Whether somebody may push to the repository: as the forge says, and never as a delivery does.
    package func mayWrite(_ user: ForgeUser, _ courier: Courier) async throws(ForgeFailure) -> Bool {
        struct Answer: Decodable {
            var permission: String?
            var accessLevel: Int?
            var state: String?
            var user: UserRow?
        }
        do throws(ForgeFailure) {
            switch kind {
            case .github, .gitea, .forgejo:
                let path = "\(repositoryPath)/collaborators/\(user.name.pathPart)/permission"
                let answer = try await ask(Answer.self, path, courier).answer
                // A name may be somebody else's by now.
                return answer.user?.user(kind)?.id == user.id
                    && ["write", "admin", "owner"].contains(answer.permission)
            case .gitlab:
                let path = "\(repositoryPath)/members/all/\(user.id.pathPart)"
                let answer = try await ask(Answer.self, path, courier).answer
                // Developer, Maintainer and Owner.
                return answer.accessLevel ?? 0 >= 30 && answer.state ?? "active" == "active"
            case .bitbucket:
                let parts = project.split(separator: "/").map(\.pathPart)
                let path = "/workspaces/\(parts.first ?? "")/permissions/repositories/\(parts.last ?? "")"
                let query = "?q=\(#"user.uuid="\#(user.id)""#.pathPart)"
                let answers = try await list(Answer.self, path + query, courier)
                return answers.contains { ["write", "admin"].contains($0.permission) }
            }
        } catch {
            // Who is no member of it.
            if error.isMissing { return false }
            throw error
        }
    }

    /// Whom the token belongs to. It is asked once.
    package func ownUser(_ courier: Courier) async throws(ForgeFailure) -> ForgeUser {
        if let user = identity.user { return user }
        do throws(ForgeFailure) {
            let row = try await ask(UserRow.self, "/user", courier).answer
            guard let user = row.user(kind) else {
                throw ForgeFailure(Sending(.failed, "its answer about the token's owner can't be read"))
            }
            identity.user = user
            return user
        } catch {
            var failure = error
            // Tokens of apps and of repositories may not ask.
            if failure.sending.words == "answered 403" || failure.isMissing {
                failure.sending.hint = "say under 'user' in the forge's settings whom the token belongs to"
            }
            throw failure
        }
    }

    /// Whether the token's owner wrote a comment.
    func isOwn(_ comment: ForgeComment, _ user: ForgeUser) -> Bool {
        comment.author.id == user.id || user.id.isEmpty && comment.author.name == user.name
    }
}

extension Forge {
    var requestsPath: String {
        switch kind {
        case .github, .gitea, .forgejo: "\(repositoryPath)/pulls"
        case .gitlab: "\(repositoryPath)/merge_requests"
        case .bitbucket: "\(repositoryPath)/pullrequests"
        }
    }
    func commentsPath(_ number: Int) -> String {
        switch kind {
        case .github, .gitea, .forgejo: "\(repositoryPath)/issues/\(number)/comments"
        case .gitlab: "\(requestsPath)/\(number)/notes"
        case .bitbucket: "\(requestsPath)/\(number)/comments"
        }
    }
    func commentPath(_ number: Int, _ comment: Int) -> String {
        switch kind {
        case .github, .gitea, .forgejo: "\(repositoryPath)/issues/comments/\(comment)"
        case .gitlab, .bitbucket: "\(commentsPath(number))/\(comment)"
        }
    }
}

/// A row of a list, which may be of a form that is not known yet.
struct Sparse<Row: Decodable>: Decodable {
    var value: Row?
    init(from decoder: any Decoder) throws { value = try? Row(from: decoder) }
}
