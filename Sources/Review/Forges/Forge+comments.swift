import Foundation
import HTTPClient

extension Forge {
    /// Bytes of a comment's text that it takes for certain.
    package var commentLimit: Int { kind == .bitbucket ? 32_000 : 65_000 }

    /// Changes our own comment beside a request, or makes it where there is none. What stands there is looked at each time, so
    /// that one which was deleted by hand is made again, and one whose making was never answered is not made twice.
    func put(_ comment: StickyComment, isUnanswered: Bool, _ courier: Courier) async -> Sending {
        do throws(ForgeFailure) {
            let user = try await ownUser(courier)
            let all = try await comments(on: comment.request, courier)
            let text = body(of: comment)
            let own = all.filter { isOwn($0, user) && $0.text.hasPrefix(marker(comment.mark)) }
            if own.contains(where: { $0.text.isSameComment(as: text) }) {
                return Sending(.taken, "stands already")
            }
            guard await courier.begin() else { return Sending(.failed, "outbox can't be written") }
            let place = own.first.map { commentPath(comment.request, $0.id) } ?? commentsPath(comment.request)
            return await write(own.isEmpty ? .post : edit, place, text, courier)
        } catch {
            var sending = error.sending
            // Nothing was sent but questions; it is not known any better than before.
            sending.isUnanswered = isUnanswered
            if sending.outcome == .refused { sending.outcome = .failed }
            return sending
        }
    }

    private enum Method: String {
        case post = "POST"
        case patch = "PATCH"
        case put = "PUT"
    }
    private var edit: Method { kind == .gitlab || kind == .bitbucket ? .put : .patch }

    private func write(_ method: Method, _ path: String, _ text: String, _ courier: Courier) async -> Sending
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let encoded =
            kind == .bitbucket
            ? try? encoder.encode(["content": ["raw": text]]) : try? encoder.encode(["body": text])
        // Strings can always be encoded.
        let body = encoded ?? Data()
        do throws(HTTPError) {
            let request = request(method.rawValue, path, courier, body: Array(body))
            return explained(try await courier.http(request), courier)
        } catch {
            return Sending(error)
        }
    }

    /// What an answer about requests means, and what to do where the token may not.
    func explained(_ response: HTTPResponse, _ courier: Courier) -> Sending {
        var sending = judge(response, nil, courier.date)
        if [403, 404].contains(response.status), sending.hint != nil { sending.hint = requestsHint }
        return sending
    }

    private var requestsHint: String {
        let right =
            switch kind {
            case .github: "'Pull requests: write' (a classic token: 'repo')"
            case .gitlab: "the scope 'api' and the role Developer"
            case .gitea, .forgejo: "'write:issue', and a user who may read the repository"
            case .bitbucket: "'pullrequest:write'"
            }
        return "give the token of '\(name)' \(right) on \(project), and look whether that is its name"
    }

    /// With the line by which it is found again.
    func body(of comment: StickyComment) -> String {
        // Bitbucket wants a line between the two.
        let gap = kind == .bitbucket ? "\n\n" : "\n"
        let hidden = ([comment.mark] + comment.digests.map { "plan \($0)" }).map(marker)
        var text = hidden.joined(separator: "\n") + gap + comment.text
        if kind == .gitlab {
            // A line that begins so would be an order to GitLab, given in our name.
            text = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.hasPrefix("/") ? " \($0)" : String($0) }.joined(separator: "\n")
        }
        return text
    }

    /// Bitbucket shows HTML as it stands, and a definition that nothing refers to not at all.
    func marker(_ mark: String) -> String {
        kind == .bitbucket ? "[//]: # (\(mark))" : "<!-- \(mark) -->"
    }

    /// Whether a comment begins as ours was told to.
    package func shows(_ told: StickyComment, in comment: ForgeComment) -> Bool {
        comment.text.plainComment.hasPrefix(body(of: told).plainComment)
    }
    /// Whether a comment is as ours was told to be, and nothing more.
    package func isWhole(_ comment: ForgeComment, _ told: StickyComment) -> Bool {
        comment.text.isSameComment(as: body(of: told))
    }
    /// Whether a controller, whichever it is, shows a plan whose digest begins so.
    package func shows(digest: String, in comment: ForgeComment) -> Bool {
        let mark = marker(StickyComment.anyMark)
        let opening = mark.prefix(
            upTo: mark.firstRange(of: StickyComment.anyMark)?.upperBound ?? mark.endIndex)
        return comment.text.hasPrefix(opening) && comment.text.contains("plan \(digest)")
    }

    /// Our own comment among those of a request, where it is there.
    package func ownComment(
        in comments: [ForgeComment], controller: String, repository: String, _ courier: Courier
    ) async throws(ForgeFailure) -> ForgeComment? {
        let user = try await ownUser(courier)
        let mark = StickyComment(controller: controller, repository: repository, request: 0, text: "").mark
        return comments.first { isOwn($0, user) && $0.text.hasPrefix(marker(mark)) }
    }
}

extension Forge {
    /// The forge keeps one reaction of each kind, so that saying it again changes nothing.
    func react(_ reaction: CommentReaction, _ courier: Courier) async -> Sending {
        guard let name = reactionName(reaction.word) else { return Sending(.taken, "has no reactions") }
        let place = commentPath(reaction.request, reaction.comment)
        let request =
            kind == .gitlab
            ? request("POST", "\(place)/award_emoji?name=\(name)", courier, body: [])
            : request("POST", "\(place)/reactions", courier, body: Array(#"{"content":"\#(name)"}"#.utf8))
        do throws(HTTPError) {
            let response = try await courier.http(request)
            if kind == .gitlab, response.status == 404, response.text.contains("already been taken") {
                return Sending(.taken, "stands already")
            }
            var sending = judge(response, nil, courier.date)
            // The comment is gone: nobody waits for a word about it.
            if response.status == 404 { sending.outcome = .refused }
            return sending
        } catch {
            return Sending(error)
        }
    }

    private func reactionName(_ word: CommentReaction.Word) -> String? {
        switch (kind, word) {
        case (.bitbucket, _): nil
        case (_, .seen): "eyes"
        case (_, .notUnderstood): "confused"
        case (.gitlab, .done): "thumbsup"
        case (.gitlab, .refused): "thumbsdown"
        case (_, .done): "+1"
        case (_, .refused): "-1"
        }
    }
}

extension String {
    /// Forges keep other line ends, and none at the end.
    fileprivate func isSameComment(as other: String) -> Bool { plainComment == other.plainComment }

    fileprivate var plainComment: String {
        replacing("\r\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
