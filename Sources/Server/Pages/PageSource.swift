package import Review

/// What pages show, asked for each time that one is opened.
package struct PageSource: Sendable {
    package enum ReportName: Sendable, Hashable {
        case number(Int)
        /// The newest one of a commit: its id in hex, or how that begins.
        case commit(source: String, String)
    }
    package var front: @Sendable () async throws -> FrontPage
    /// Throws `PageProblem` where there is none.
    package var report: @Sendable (ReportName) async throws -> CommitReport
    /// What a request would change, and its title. Throws `PageProblem` where none is open, or not looked at yet.
    package var preview:
        @Sendable (_ repository: String, _ request: Int) async throws -> (
            report: PreviewReport, title: String
        )
    /// Where people reach this controller, as far as that is configured.
    package var url: @Sendable () -> String?

    package init(
        front: @escaping @Sendable () async throws -> FrontPage,
        report: @escaping @Sendable (ReportName) async throws -> CommitReport,
        preview:
            @escaping @Sendable (_ repository: String, _ request: Int) async throws -> (
                report: PreviewReport, title: String
            ),
        url: @escaping @Sendable () -> String?
    ) {
        (self.front, self.report, self.preview, self.url) = (front, report, preview, url)
    }
}

/// Why a page can't be shown, in words for its reader.
package struct PageProblem: Error, Sendable, Equatable {
    /// As HTTP counts.
    package var status: Int
    package var message: String
    package var hint: String?
    package init(_ status: Int, _ message: String, hint: String? = nil) {
        (self.status, self.message, self.hint) = (status, message, hint)
    }
}

extension PageSource {
    /// `GET /`, `GET /reports/412`, `GET /reports/SOURCE/COMMIT` and `GET /previews/REPOSITORY/7`; a report also with `.json`
    /// and `.md`.
    var routes: [APIRoute] {
        [
            APIRoute(.get, "/", .viewer) { request in
                await Self.answering(request) { .page(try await front().html(signedIn: request.hasSession)) }
            },
            APIRoute(.get, "/reports/{number}", .viewer) { request in
                await Self.answering(request) {
                    let (text, form) = Form.split(request.parameters["number"] ?? "")
                    guard let number = Int(text) else { throw PageProblem.unknown }
                    return try await answer(.number(number), form, request)
                }
            },
            APIRoute(.get, "/reports/{source}/{commit}", .viewer) { request in
                await Self.answering(request) {
                    let (commit, form) = Form.split(request.parameters["commit"] ?? "")
                    let source = request.parameters["source"] ?? ""
                    return try await answer(.commit(source: source, commit), form, request)
                }
            },
            APIRoute(.get, "/previews/{repository}/{number}", .viewer) { request in
                await Self.answering(request) {
                    let (text, form) = Form.split(request.parameters["number"] ?? "")
                    guard let number = Int(text) else { throw PageProblem.noPreview }
                    return try await answer(request.parameters["repository"] ?? "", number, form, request)
                }
            },
        ]
    }

    private enum Form: CaseIterable {
        case html, json, markdown

        static func split(_ text: String) -> (String, Form) {
            if text.hasSuffix(".json") { return (String(text.dropLast(5)), .json) }
            if text.hasSuffix(".md") { return (String(text.dropLast(3)), .markdown) }
            return (text, .html)
        }
    }

    private func answer(_ name: ReportName, _ form: Form, _ request: APIRequest) async throws -> APIResponse {
        let report = try await report(name)
        switch form {
        case .html: return .page(report.html(signedIn: request.hasSession))
        case .json: return .json(bytes: Array(try report.json().utf8))
        case .markdown:
            let text = report.markdown(MarkdownStyle(limit: 1 << 20))
            return APIResponse(contentType: "text/markdown; charset=utf-8", .bytes(Array(text.utf8)))
        }
    }

    private func answer(
        _ repository: String, _ number: Int, _ form: Form, _ request: APIRequest
    ) async throws -> APIResponse {
        let (report, title) = try await preview(repository, number)
        switch form {
        case .html:
            let link = "/previews/\(repository)/\(number)"
            return .page(report.html(link: link, title: title, signedIn: request.hasSession))
        case .json: return .json(bytes: Array(try report.json().utf8))
        case .markdown:
            let text = report.markdown(MarkdownStyle(limit: 1 << 20))
            return APIResponse(contentType: "text/markdown; charset=utf-8", .bytes(Array(text.utf8)))
        }
    }

    private static func answering(
        _ request: APIRequest, _ body: () async throws -> APIResponse
    ) async -> APIResponse {
        do { return try await body() } catch {
            let problem = error as? PageProblem ?? PageProblem(500, "this can't be shown now")
            return .page(
                Gate.problem(problem.message, hint: problem.hint, signedIn: request.hasSession),
                status: problem.status)
        }
    }
}

extension PageProblem {
    package static let noPreview = PageProblem(
        404, "there is no preview of such a request",
        hint: "those that are open have one, as soon as it is made: see the first page")
    package static let unknown = PageProblem(
        404, "there is no such page",
        hint: "reports are kept for 90 days, and the last one of each source for ever")
}

extension APIResponse {
    /// With what keeps a browser from running, showing or sending anything that is not ours.
    static func page(_ page: HTMLPage, status: Int = 200) -> APIResponse {
        var answer = APIResponse(
            status: status, contentType: "text/html; charset=utf-8", .bytes(Array(page.text.utf8)))
        answer.headers = [
            "content-security-policy": HTMLPage.contentSecurityPolicy, "x-frame-options": "DENY",
        ]
        return answer
    }
    /// To another page; never to another server.
    static func seeOther(_ path: String) -> APIResponse {
        var answer = APIResponse(status: 303, contentType: "text/plain; charset=utf-8", .bytes([]))
        answer.headers = ["location": path]
        return answer
    }
}
