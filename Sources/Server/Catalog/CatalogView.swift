import Model

/// What a client asks to see.
struct CatalogView {
    struct Problem: Error {
        var message: String
        var hint: String?
    }
    /// Which services, and which of their endpoints.
    struct Choice: Hashable {
        var project: String?
        var tag: String?
        var showsAll = false
    }
    var choice = Choice()
    var index: Int?
    var wait = CatalogSource.usualWait

    init(_ query: [String: String]) throws(Problem) {
        (choice.project, choice.tag) = (query["project"], query["tag"])
        if let text = query["all"] {
            guard let all = Bool(text) else {
                throw Problem(message: "'all' is true or false, found '\(text.escapedForDisplay)'")
            }
            choice.showsAll = all
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
}

extension CatalogView.Choice {
    func includes(_ service: CatalogService) -> Bool {
        (project.map { $0 == service.project } ?? true) && (tag.map(service.tags.contains) ?? true)
    }
    func shown(_ service: CatalogService) -> CatalogService {
        var service = service
        if !showsAll { service.endpoints.removeAll { $0.health != "healthy" } }
        return service
    }
}
