import Model
import Reconcile
import Server
import Store

extension ControllerOperations {
    func say(_ saying: Saying) async throws -> Answer {
        let by = caller.asking(for: saying.by)
        let (subject, answer) = try await read { picture in try picture.hear(saying) }
        let request = saying.request(subject, by: by, at: currentMilliseconds() / 1000)
        controller.generation.inbox.post(request)
        // Heard by the time that this returns.
        try await read { _ in }
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

extension Saying {
    fileprivate func request(_ subject: String, by: String, at: Int) -> Request {
        func decide(_ kind: Decision.Kind) -> Request {
            .decide(Decision(kind, subject: subject, value: value ?? "", until: until, by: by, at: at))
        }
        return switch kind {
        case .suspend: decide(.suspend)
        case .resume: .withdraw(.suspend, subject: subject, by: by)
        case .adopt: decide(.adopt)
        case .confirmDeletes: decide(.confirmDeletes)
        case .approve: decide(.approve)
        case .settleMade: decide(.settleMade)
        case .settleNotMade: decide(.settleNotMade)
        }
    }
}
