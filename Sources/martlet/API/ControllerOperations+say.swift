import Model
import Reconcile
import Server
import Store

extension ControllerOperations {
    func say(_ saying: Saying) async throws -> Answer {
        let by = caller.asking(for: saying.by)
        return try await hear { picture, now in try picture.hear(saying, by: by, now: now) }
    }

    /// Takes a word for what requests were shown to change, or for what waits, by its digest or at least the first 12
    /// digits of that. Whoever calls knows that this person may say so.
    func approve(_ digest: String, by person: String, _ way: PlanApproval.Way) async throws -> Answer {
        try await hear { picture, now in
            try picture.approve(digest, of: nil, by: person, way, now: now)
        }
    }

    private func hear(
        _ body: @escaping @Sendable (Picture, _ now: Int) throws -> (requests: [Request], answer: Answer)
    ) async throws -> Answer {
        let now = currentMilliseconds()
        let (requests, answer) = try await read { picture in try body(picture, now) }
        for request in requests { controller.generation.inbox.post(request) }
        // Heard by the time that this returns.
        try await read { _ in }
        return answer
    }

    /// Keeps what a request was shown to change of a source, until it is merged or `unshow`n.
    func show(_ preview: ShownPreview) { controller.generation.inbox.post(.show(preview)) }

    /// A request was closed without a merge; nothing that was merged is lost where it is said of another.
    func unshow(_ request: String) { controller.generation.inbox.post(.unshow(request: request)) }

    func forget(_ text: String) async throws -> Answer {
        let id = try await read { picture in
            let id = try picture.resource(named: text)
            if let manifest = picture.nodes[id]?.manifest {
                throw OperationError(
                    409, "\(id) is declared in '\(manifest.file)'",
                    hint: "take it out of git with 'reconcile: {onRemove: forget}' in its manifest")
            }
            guard picture.nodes[id]?.unanswered == nil else {
                throw OperationError(
                    409, "\(id): it is not known what became of its last step",
                    hint: "settle that first, with 'martlet settle'")
            }
            return id
        }
        controller.generation.inbox.post(.forget(id))
        try await read { _ in }
        return Answer(message: "\(id) is forgotten; what exists stays as it is")
    }

    func endSource(_ name: String, keepsObjects: Bool) async throws -> Answer {
        let count = try await read { picture in
            guard try !picture.source(named: name).isConfigured else {
                throw OperationError(
                    409, "source '\(name)' is in the configuration",
                    hint: "take it out there, then 'martlet reload'")
            }
            return picture.nodes.values.count { $0.record?.source == name }
        }
        controller.generation.inbox.post(keepsObjects ? .forgetSource(name) : .destroySource(name))
        try await read { _ in }
        let what = count == 1 ? "1 resource" : "\(count) resources"
        return keepsObjects
            ? Answer(message: "source '\(name)' is forgotten, with \(what); what exists stays as it is")
            : Answer(
                message: "source '\(name)' is being destroyed, with \(what)",
                hint: "follow it with 'martlet status'")
    }

    func sync(_ source: String?) async throws -> Answer {
        if let source {
            guard try await read({ picture in try picture.source(named: source).isConfigured }) else {
                throw OperationError(409, "source '\(source)' is gone from the configuration")
            }
        }
        controller.generation.inbox.post(.sync(source: source))
        controller.generation.fetch(source)
        return Answer(
            message: source.map { "source '\($0)' is fetched and looked at again" }
                ?? "all sources are fetched and looked at again")
    }
}
