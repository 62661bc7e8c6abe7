import Foundation
import Synchronization

/// How each forge writes what it has, and what it takes.
extension ForgeFake {
    func list(_ request: FakeRequest) -> FakeAnswer {
        let open = [
            "github": "open", "gitea": "open", "forgejo": "open", "gitlab": "opened", "bitbucket": "OPEN",
        ]
        guard request.query["state"] == open[kind.rawValue] else { return complain(422, "state of the list") }
        let rows = requests.withLock { held in held.all.values.filter { $0.state == "open" && !$0.isUnlisted }
        }
        .sorted { $0.number > $1.number }.map(row)
        return page(rows, request, most: kind == .github || kind == .gitlab ? 100 : 50)
    }

    func comments(_ request: FakeRequest, _ number: Int) -> FakeAnswer {
        guard requests.withLock({ $0.all[number] }) != nil else { return FakeAnswer(404, "{}") }
        var rows = comments(on: number).sorted { $0.id < $1.id }.map(row)
        switch kind {
        case .gitea, .forgejo:
            return request.query.isEmpty ? json(rows) : complain(422, "comments have no pages")
        case .gitlab where request.query["sort"] != "asc": rows.reverse()
        default: break
        }
        return page(rows, request, most: 100)
    }

    /// A page of a list, and where the next one is.
    private func page(_ rows: [[String: Any]], _ request: FakeRequest, most: Int) -> FakeAnswer {
        let sizes = ["bitbucket": "pagelen", "gitea": "limit", "forgejo": "limit"]
        guard let size = request.query[sizes[kind.rawValue] ?? "per_page"].flatMap({ Int($0) }), size <= most,
            let number = request.query["page"].flatMap({ Int($0) }), number > 0
        else { return complain(422, "no page of at most \(most)") }
        // Less than was asked for, as servers may.
        let length = min(size, pageLength)
        let shown = Array(rows.dropFirst((number - 1) * length).prefix(length))
        let hasMore = rows.count > number * length
        if kind == .bitbucket {
            return json(
                ["values": shown, "pagelen": length].merging(hasMore ? ["next": "https://…"] : [:]) { $1 })
        }
        var answer = json(shown)
        if hasMore { answer.headers["link"] = "<https://forge.example/?page=\(number + 1)>; rel=\"next\"" }
        return answer
    }

    func user(_ name: String) -> [String: Any] {
        let id = (Self.people.firstIndex(of: name) ?? 50) + 1
        switch kind {
        case .github:
            return ["id": id, "login": name, "type": name.contains("_bot_") ? "Bot" : "User"]
        case .gitea, .forgejo: return ["id": id, "login": name, "username": name]
        case .gitlab: return ["id": id, "username": name, "state": "active"]
        case .bitbucket:
            return [
                "uuid": "{\(id)}", "nickname": name, "display_name": name.uppercased(),
                "type": name.contains("_bot_") ? "app_user" : "user",
            ]
        }
    }

    func row(_ request: Request) -> [String: Any] {
        let time = time(request.updated)
        let home = request.isFork ? "mallory/infra" : Self.project
        var row: [String: Any] = ["title": request.title, "draft": request.isDraft]
        switch kind {
        case .github, .gitea, .forgejo:
            row["number"] = request.number
            row["state"] = request.state == "open" ? "open" : "closed"
            row["merged_at"] = request.state == "merged" ? time : NSNull()
            row["user"] = user(request.author)
            row["head"] = ["sha": request.head, "ref": request.headBranch, "repo": ["full_name": home]]
            row["base"] = ["sha": "", "ref": request.base, "repo": ["full_name": Self.project]]
            (row["updated_at"], row["html_url"]) = (time, "https://forge.example/pull/\(request.number)")
        case .gitlab:
            row["iid"] = request.number
            row["state"] = request.state == "open" ? "opened" : request.state
            (row["author"], row["sha"]) = (user(request.author), request.head)
            (row["source_branch"], row["target_branch"]) = (request.headBranch, request.base)
            (row["source_project_id"], row["target_project_id"]) = (request.isFork ? 8 : 7, 7)
            (row["updated_at"], row["web_url"]) = (time, "https://forge.example/mr/\(request.number)")
        case .bitbucket:
            row["id"] = request.number
            row["state"] = ["open": "OPEN", "merged": "MERGED", "closed": "DECLINED"][request.state]
            row["author"] = user(request.author)
            row["source"] = [
                "branch": ["name": request.headBranch], "repository": ["full_name": home],
                "commit": ["hash": String(request.head.prefix(12))],
            ]
            row["destination"] = [
                "branch": ["name": request.base], "repository": ["full_name": Self.project],
                "commit": ["hash": ""],
            ]
            // A comment does not change it.
            (row["updated_on"], row["comment_count"]) = ("", comments(on: request.number).count)
            row["links"] = ["html": ["href": "https://forge.example/pr/\(request.number)"]]
        }
        return row
    }

    func row(_ comment: Comment) -> [String: Any] {
        let (created, updated) = (time(comment.created), time(comment.updated))
        let author = user(comment.author)
        switch kind {
        case .github, .gitea, .forgejo:
            return [
                "id": comment.id, "body": comment.text, "user": author, "created_at": created,
                "updated_at": updated,
            ]
        case .gitlab:
            return [
                "id": comment.id, "body": comment.text, "author": author, "created_at": created,
                "updated_at": updated, "system": false, "noteable_type": "MergeRequest",
            ]
        case .bitbucket:
            return [
                "id": comment.id, "content": ["raw": comment.text], "user": author, "created_on": created,
                "updated_on": updated, "deleted": false,
            ]
        }
    }

    private func time(_ date: Date) -> String {
        switch kind {
        case .github: date.formatted(.iso8601)
        case .gitlab: date.formatted(.iso8601).replacing("Z", with: ".250Z")
        case .gitea, .forgejo:
            date.addingTimeInterval(7200).formatted(.iso8601).replacing("Z", with: "+02:00")
        case .bitbucket: date.formatted(.iso8601).replacing("Z", with: ".123456+00:00")
        }
    }
}

extension ForgeFake {
    private func text(_ request: FakeRequest) -> String? {
        guard request.headers["content-type"] == "application/json", let body = request.json, body.count == 1
        else {
            return nil
        }
        if kind == .bitbucket {
            let content = body["content"] as? [String: String]
            return content?.count == 1 ? content?["raw"] : nil
        }
        return body["body"] as? String
    }

    func make(_ request: FakeRequest, _ number: Int) -> FakeAnswer {
        guard let text = text(request), !text.isEmpty, text.utf8.count <= 65_536 else {
            return complain(422, "body of a comment")
        }
        if kind == .gitlab, text.split(separator: "\n").contains(where: { $0.hasPrefix("/") }) {
            return complain(400, "a comment gives orders")
        }
        guard requests.withLock({ $0.all[number] }) != nil else { return FakeAnswer(404, "{}") }
        requests.withLock { $0.writes.append("POST") }
        let id = write(text, on: number, by: Self.ownName)
        guard let made = comments(on: number).first(where: { $0.id == id }) else { return FakeAnswer(500) }
        var answer = json(row(made))
        answer.status = 201
        return answer
    }

    func edit(_ request: FakeRequest, _ id: Int) -> FakeAnswer {
        guard let text = text(request), !text.isEmpty, text.utf8.count <= 65_536 else {
            return complain(422, "body of a comment")
        }
        return requests.withLock { held in
            guard let index = held.comments.firstIndex(where: { $0.id == id }) else {
                return FakeAnswer(404, "{}")
            }
            guard held.comments[index].author == Self.ownName else { return FakeAnswer(403, "{}") }
            held.writes.append(request.method)
            held.comments[index].text = text
            held.comments[index].updated = Date()
            return json(row(held.comments[index]))
        }
    }

    func react(_ request: FakeRequest, _ id: Int) -> FakeAnswer {
        guard requests.withLock({ held in held.comments.contains { $0.id == id } }) else {
            return FakeAnswer(404, #"{"message": "404 Not Found"}"#)
        }
        let name = kind == .gitlab ? request.query["name"] : request.json?["content"] as? String
        let names =
            kind == .gitlab
            ? ["eyes", "thumbsup", "thumbsdown", "confused"] : ["eyes", "+1", "-1", "confused"]
        guard let name, names.contains(name) else { return complain(422, "reaction \(name ?? "nil")") }
        return requests.withLock { held in
            let reaction = Reaction(comment: id, name: name)
            guard !held.reactions.contains(reaction) else {
                return kind == .gitlab
                    ? FakeAnswer(404, #"{"message":"404 Award Emoji Name has already been taken Not Found"}"#)
                    : FakeAnswer(200, "{}")
            }
            held.reactions.append(reaction)
            return FakeAnswer(201, "{}")
        }
    }

    func permission(_ asked: String, _ request: FakeRequest) -> FakeAnswer {
        var name = asked
        if kind == .gitlab {
            name =
                Int(asked).flatMap { Self.people.indices.contains($0 - 1) ? Self.people[$0 - 1] : nil } ?? ""
        }
        if kind == .bitbucket {
            let match = (request.query["q"] ?? "").firstMatch(of: #/^user\.uuid="\{(\d+)\}"$/#)
            guard let id = match.flatMap({ Int($0.1) }) else { return complain(400, "q of permissions") }
            name = Self.people.indices.contains(id - 1) ? Self.people[id - 1] : ""
        }
        let permission = requests.withLock { held in
            held.asked.append(name)
            return held.permissions[name]
        }
        switch kind {
        case .github, .gitea, .forgejo:
            guard Self.people.contains(name) else { return FakeAnswer(404, "{}") }
            return json(["permission": permission ?? "none", "user": user(name)])
        case .gitlab:
            guard let permission else { return FakeAnswer(404, #"{"message":"404 Not found"}"#) }
            return json(["id": 1, "access_level": permission == "write" ? 30 : 20, "state": "active"])
        case .bitbucket:
            return json(["values": permission.map { [["permission": $0, "user": user(name)]] } ?? []])
        }
    }
}
