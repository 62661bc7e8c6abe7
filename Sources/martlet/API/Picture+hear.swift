import Model
import Reconcile
import Review
import Store

extension Picture {
    /// What is asked of the loop where a person says something that fits how things stand, and the answer.
    /// - Parameters:
    ///   - person: who says it.
    ///   - now: milliseconds since 1970.
    func hear(_ saying: Saying, by person: String, now: Int) throws -> (requests: [Request], answer: Answer) {
        func decide(_ kind: Decision.Kind, _ heard: (subject: String, answer: Answer)) -> ([Request], Answer)
        {
            let decision = Decision(
                kind, subject: heard.subject, value: saying.value ?? "", until: saying.until, by: person,
                at: now / 1000)
            return ([.decide(decision)], heard.answer)
        }
        switch saying.kind {
        case .suspend:
            let subject = try subject(named: saying.subject)
            let answer = Answer(
                message: "\(subject) is suspended", hint: "end that with 'martlet resume \(subject)'")
            return decide(.suspend, (subject, answer))
        case .resume:
            let (subject, answer) = try resume(saying)
            return ([.withdraw(.suspend, subject: subject, by: person)], answer)
        case .adopt: return decide(.adopt, try adopt(saying))
        case .settleMade: return decide(.settleMade, try settle(saying))
        case .settleNotMade: return decide(.settleNotMade, try settle(saying))
        case .confirmDeletes:
            let source = saying.subject
            try checkDeletes(saying.value ?? "", of: source)
            let words = "deletes '\(saying.value ?? "")' of source '\(source)' are confirmed"
            return decide(.confirmDeletes, (source, Answer(message: words)))
        case .approve:
            let source = saying.subject.isEmpty ? nil : saying.subject
            return try approve(saying.value ?? "", of: source, by: person, .command, now: now)
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
    /// The digest, or its first 12 digits or more, must be that of the present plan. All of it.
    func checkApproval(_ digest: String, of source: String) throws -> String {
        guard try self.source(named: source).needsReview else {
            throw OperationError(
                409, "source '\(source)' needs no approval: 'requireReviewedPlan' is not set for it")
        }
        let plan = PlanReport(self, source: source, controller: nil, now: 0)
        let whole = planDigest(of: source)
        let named = plan.digest.map { digest.count >= 12 && whole.hasPrefix(digest) ? digest : $0 }
        try check(
            digest, is: named, "the present plan",
            nothing: "nothing of source '\(source)' waits for a review", source)
        return whole
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
