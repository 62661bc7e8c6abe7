import Model
import Reconcile
import Server
import Store

extension ControllerOperations {
    func say(_ saying: Saying) async throws -> Answer {
        let by = caller.asking(for: saying.by)
        return try await hear { picture, now in try picture.hear(saying, by: by, now: now) }
    }

    private func hear(
        _ body: @escaping @Sendable (Picture, _ now: Int) throws -> (requests: [Request], answer: Answer)
    ) async throws -> Answer {
        let now = currentMilliseconds()
        let (requests, answer) = try await read { picture in try body(picture, now) }
        for request in requests { controller.generation.inbox.post(request) }
        guard await controller.generation.inbox.recorded() else {
            throw OperationError(
                503, "the controller is stopping, or reads its configuration again", hint: "say it again")
        }
        return answer
    }

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
