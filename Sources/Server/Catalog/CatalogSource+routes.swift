import Model
import ServiceLifecycle

extension CatalogSource {
    /// The longest that a client may wait, and what it waits where it does not say: Consul's.
    static let longestWait = Span(milliseconds: 600_000)
    static let usualWait = Span(milliseconds: 300_000)
    /// How often it is seen whether a client that waits is still there.
    private static let glance = Duration.seconds(2)

    /// `GET /catalog/services[?project=&tag=]` and `GET /catalog/services/PROJECT/NAME`, healthy endpoints only unless
    /// `all=true`. With `index=N` an answer waits until there is something newer, for `wait=5m` at most; each
    /// names its index in `x-martlet-index` too.
    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/catalog/services", .viewer) { request in
                await answer(request, nil) { view in
                    let page = pages.list(index(), view.choice, list)
                    return .json(page.bytes).indexed(page.index)
                }
            },
            APIRoute(.get, "/catalog/services/{project}/{name}", .viewer) { request in
                let (project, name) = (request.parameters["project"] ?? "", request.parameters["name"] ?? "")
                return await answer(request, (project, name)) { view in
                    // Asked for first: what is registered in between is newer than it.
                    let index = index()
                    guard let found = find(project, name) else {
                        let text =
                            "service '\(name.escapedForDisplay)' of project '\(project.escapedForDisplay)'"
                        return .error(404, "\(text) is not registered").indexed(index)
                    }
                    return .json(pages.service(found, view.choice)).indexed(found.index)
                }
            },
        ]
    }

    private func answer(
        _ request: APIRequest, _ service: (project: String, name: String)?,
        _ body: (CatalogView) -> APIResponse
    ) async -> APIResponse {
        let view: CatalogView
        do throws(CatalogView.Problem) { view = try CatalogView(request.query) } catch {
            return .error(400, error.message, hint: error.hint)
        }
        await cancelWhenGracefulShutdown {
            if let index = view.index {
                await wait(beyond: index, of: service, for: view.wait, request.isAbandoned)
            }
            await settle()
        }
        return body(view)
    }

    private func wait(
        beyond index: Int, of service: (project: String, name: String)?, for limit: Span,
        _ isAbandoned: @escaping @Sendable () async -> Bool
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await wait(index, service) }
            group.addTask {
                let end = ContinuousClock.now + .milliseconds(limit.milliseconds)
                while !Task.isCancelled, ContinuousClock.now < end, await !isAbandoned() {
                    try? await Task.sleep(until: min(end, .now + Self.glance))
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}

extension APIResponse {
    fileprivate func indexed(_ index: Int) -> APIResponse {
        var answer = self
        answer.headers["x-martlet-index"] = String(index)
        return answer
    }
}
