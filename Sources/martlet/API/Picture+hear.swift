import Model
import Reconcile
import Review
import Store

extension Picture {
    /// Whether what a person says fits how things stand: whom it is about, and the answer.
    func hear(_ saying: Saying) throws -> (subject: String, answer: Answer) {
        switch saying.kind {
        case .suspend:
            let subject = try subject(named: saying.subject)
            return (
                subject,
                Answer(message: "\(subject) is suspended", hint: "end that with 'martlet resume \(subject)'")
            )
        case .resume: return try resume(saying)
        case .adopt: return try adopt(saying)
        case .settleMade, .settleNotMade: return try settle(saying)
        case .confirmDeletes:
            let source = saying.subject
            try checkDeletes(saying.value ?? "", of: source)
            return (
                source, Answer(message: "deletes '\(saying.value ?? "")' of source '\(source)' are confirmed")
            )
        case .approve:
            let source = saying.subject
            try checkApproval(saying.value ?? "", of: source)
            return (source, Answer(message: "plan '\(saying.value ?? "")' of source '\(source)' is approved"))
        }
    }

    /// The digest must be that of the deletes that wait now.
    func checkDeletes(_ digest: String, of source: String) throws {
        _ = try self.source(named: source)
        let deletes = PlanReport(self, source: source, controller: nil, now: 0).deletes
        try check(
            digest, is: deletes?.digest, "the deletes that wait",
            nothing: "no delete of source '\(source)' waits for a person", source)
    }
    /// The digest must be that of the present plan.
    func checkApproval(_ digest: String, of source: String) throws {
        guard try self.source(named: source).needsReview else {
            throw OperationError(409, "source '\(source)' needs no approval: 'review' is not required")
        }
        let plan = PlanReport(self, source: source, controller: nil, now: 0)
        try check(
            digest, is: plan.digest, "the present plan",
            nothing: "nothing of source '\(source)' waits for a review", source)
    }
    private func check(
        _ digest: String, is present: String?, _ what: String, nothing: String, _ source: String
    ) throws {
        guard let present else { throw OperationError(409, nothing) }
        guard digest != present else { return }
        throw OperationError(
            409, "'\(digest.escapedForDisplay)' is not the digest of \(what), which is '\(present)'",
            hint: "look at it first, with 'martlet plan \(source)'")
    }

    private func resume(_ saying: Saying) throws -> (String, Answer) {
        let subject = try subject(named: saying.subject)
        if decisions[subject]?[.suspend] != nil { return (subject, Answer(message: "\(subject) goes on")) }
        let isByManifest = ResourceID(subject).flatMap { nodes[$0]?.manifest?.options.suspend } != nil
        throw OperationError(
            409, "\(subject) is not suspended" + (isByManifest ? " by a person" : ""),
            hint: isByManifest ? "take 'suspend' out of its manifest" : nil)
    }

    private func adopt(_ saying: Saying) throws -> (String, Answer) {
        let id = try resource(named: saying.subject)
        guard let node = nodes[id], let manifest = node.manifest else {
            throw OperationError(409, "no manifest declares \(id)", hint: "declare it in git first")
        }
        guard node.record == nil else { throw OperationError(409, "\(id) is managed already") }
        guard sources[manifest.source]?.policy.grants.mayAdopt == true else {
            throw OperationError(
                403, "source '\(manifest.source)' may not adopt",
                hint: "allow it in the controller's configuration: 'allow: {adopt: true}' of the source")
        }
        return (id.description, Answer(message: "\(id) is taken over as it is, then made as git says"))
    }

    private func settle(_ saying: Saying) throws -> (String, Answer) {
        let id = try resource(named: saying.subject)
        guard let step = nodes[id]?.unanswered else {
            throw OperationError(409, "\(id) has nothing to settle: what became of its last step is known")
        }
        guard nodes[id]?.isInFlight == false else {
            throw OperationError(409, "\(id): its \(step.verb.rawValue) still goes on")
        }
        let end = saying.kind == .settleMade ? "happened" : "did not happen"
        return (id.description, Answer(message: "\(id): its \(step.verb.rawValue) \(end)"))
    }
}
