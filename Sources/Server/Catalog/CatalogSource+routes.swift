import Model
import ServiceLifecycle

extension CatalogSource {
    /// The longest that a client may wait, and what it waits where it does not say: Consul's.
    static let longestWait = Span(milliseconds: 600_000)
    static let usualWait = Span(milliseconds: 300_000)

    /// `GET /catalog/services[?project=&tag=]` and `GET /catalog/services/PROJECT/NAME`, healthy endpoints only unless
    /// `all=true`. With `index=N` an answer waits until there is something newer, for `wait=5m` at most; each
    /// names its index in `x-martlet-index` too.
    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/catalog/services", .viewer) { request in
                await answer(request, nil) { list, view in
                    let services = list.services.filter(view.includes).map(view.shown)
                    return .json(CatalogList(index: list.index, services: services)).indexed(list.index)
                }
            },
            APIRoute(.get, "/catalog/services/{project}/{name}", .viewer) { request in
                let (project, name) = (request.parameters["project"] ?? "", request.parameters["name"] ?? "")
                return await answer(request, (project, name)) { list, view in
                    let found = list.services.first { $0.project == project && $0.name == name }
                    guard let found else {
                        let text =
                            "service '\(name.escapedForDisplay)' of project '\(project.escapedForDisplay)'"
                        return .error(404, "\(text) is not registered").indexed(list.index)
                    }
                    return .json(view.shown(found)).indexed(found.index)
                }
            },
        ]
    }

    private func answer(
        _ request: APIRequest, _ service: (project: String, name: String)?,
        _ body: (CatalogList, View) -> APIResponse
    ) async -> APIResponse {
        let view: View
        do throws(View.Problem) { view = try View(request.query) } catch {
            return .error(400, error.message, hint: error.hint)
        }
        if let index = view.index { await wait(beyond: index, of: service, for: view.wait) }
        return body(list(), view)
    }

    private func wait(beyond index: Int, of service: (project: String, name: String)?, for limit: Span) async
    {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await wait(index, service) }
                group.addTask { try? await Task.sleep(for: .milliseconds(limit.milliseconds)) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}

/// What a client asks to see.
private struct View {
    struct Problem: Error {
        var message: String
        var hint: String?
    }
    var project: String?
    var tag: String?
    var showsAll = false
    var index: Int?
    var wait = CatalogSource.usualWait

    init(_ query: [String: String]) throws(Problem) {
        (project, tag) = (query["project"], query["tag"])
        if let text = query["all"] {
            guard let all = Bool(text) else {
                throw Problem(message: "'all' is true or false, found '\(text.escapedForDisplay)'")
            }
            showsAll = all
        }
        if let text = query["index"] {
            guard let number = Int(text), number >= 0 else {
                throw Problem(
                    message: "'index' is a number, found '\(text.escapedForDisplay)'",
                    hint: "send the one of the last answer")
            }
            index = number
        }
        if let text = query["wait"] {
            guard let span = Span(text), span <= CatalogSource.longestWait else {
                throw Problem(
                    message:
                        "'wait' is a duration up to \(CatalogSource.longestWait), found '\(text.escapedForDisplay)'",
                    hint: "write 30s or 5m")
            }
            wait = span
        }
        for name in query.keys.sorted() where !["project", "tag", "all", "index", "wait"].contains(name) {
            throw Problem(message: "unknown parameter '\(name.escapedForDisplay)'")
        }
    }

    func includes(_ service: CatalogService) -> Bool {
        (project.map { $0 == service.project } ?? true) && (tag.map(service.tags.contains) ?? true)
    }
    func shown(_ service: CatalogService) -> CatalogService {
        var service = service
        if !showsAll { service.endpoints.removeAll { $0.health != "healthy" } }
        return service
    }
}

extension APIResponse {
    fileprivate func indexed(_ index: Int) -> APIResponse {
        var answer = self
        answer.headers["x-martlet-index"] = String(index)
        return answer
    }
}
