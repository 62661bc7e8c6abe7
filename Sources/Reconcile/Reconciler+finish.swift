package import Model
import Store

extension Reconciler {
    /// Takes what became of a step. It is recorded at the end of this pass, before any other step starts.
    mutating func finish(_ step: Step, _ outcome: Outcome) {
        switch outcome {
        case .done(let observation): close(step, observation, nil)
        case .partly(let observation, let error): close(step, observation, error)
        case .failed(let error): close(step, nil, error)
        case .unanswered(let error):
            picture.lost.insert(step.id)
            picture.fail(step.id, error, spec: step.desired, isBlind: true, policy: policy, now: now())
        }
    }

    private mutating func close(_ step: Step, _ observation: Observation?, _ error: EngineError?) {
        let (id, before) = (step.id, picture.nodes[step.id]?.record)
        let record = observation.map { Recorded.after(step, $0, before: before) } ?? before
        entries.append(.outcome(id, closes: step.intent, record))
        let source = before?.source ?? step.manifest?.source ?? ""
        let (pending, seen) = (picture.nodes[id]?.pending, picture.nodes[id]?.seen)
        let ending = error.map { Happening.Ending.failed($0) } ?? .done
        picture.happenings.append(.ended(step, source: source, pending?.change, ending))
        picture.setPending(nil, of: id)
        picture.setRecord(record, of: id)
        picture.change(id) { $0.unanswered = nil }
        // Of what is neither asked for nor there, nothing is kept.
        if record == nil, picture.nodes[id]?.manifest == nil { picture.dirty.insert(id) }
        picture.lost.remove(id)
        if error == nil { spendWords(on: step, of: source, before) }
        let wasDeposed = step.verb == .delete && picture.nodes[id]?.seen != step.observation
        if step.adopts, observation != nil { adopted(id) }
        if let observation, !wasDeposed, record?.engine == picture.nodes[id]?.manifest?.engine {
            picture.see(observation, of: id, now: now())
        } else {
            picture.nodes[id]?.seen = nil
            picture.markStale([id])
        }
        if let error {
            picture.fail(id, error, spec: pending.map(\.asked) ?? step.desired, policy: policy, now: now())
            // Looked at again, it is as it was: no reason to try at once what has just failed.
            if observation == nil { picture.nodes[id]?.held?.seen = seen }
            if pending?.deletes ?? false { picture.count(id, asDelete: true) }
            let retryAt = picture.nodes[id]?.held?.retryAt
            picture.happenings.append(.held(id, error, retryAt: retryAt))
        } else {
            picture.nodes[id]?.attempts = 0
            picture.release(id)
            picture.retry(picture.awaitingPlace[id] ?? [])
        }
        picture.takeAwaitedMove(from: id)
    }

    /// What a person allowed is done. The first leg of a replace is only half of it: what was taken away may be made
    /// anew as it was asked for then, and not otherwise.
    private mutating func spendWords(on step: Step, of source: String, _ before: Recorded?) {
        let id = step.id
        if step.verb == .delete { picture.withdraw(.confirmDeletes, id.description) }
        if before?.deposed.contains(step.observation) ?? false { return }
        let said = picture.decisions[id.description]?[.approve]
        picture.withdraw(.approve, id.description)
        picture.spendReviews(of: id, in: source)
        guard step.verb == .delete, let asked = step.desired, picture.sources[source]?.needsReview ?? false
        else { return }
        let text = ReviewedChange(remaking: id, as: asked).text
        keep(
            Decision(
                .approve, subject: id.description, value: text, by: said?.by ?? "",
                at: said?.at ?? now() / 1000))
    }

    /// The word that allowed it is spent.
    mutating func adopted(_ id: ResourceID) {
        picture.happenings.append(.adopted(id))
        picture.withdraw(.adopt, id.description)
    }

    /// Asks what became of steps without an answer: the loop's own before a crash, or those whose answer was lost.
    mutating func recover() async throws {
        for id in picture.lost {
            picture.lost.remove(id)
            guard let node = picture.nodes[id], let step = node.unanswered, !node.isInFlight else { continue }
            guard let engine = engines[step.engine] else {
                picture.hold(
                    id, .noEngine(step.engine, node.layer), spec: step.desired, isBlind: true, now: now())
                continue
            }
            var target = Target(
                id, desired: step.desired, type: step.type,
                recorded: step.verb == .create ? nil : node.record?.asked(by: step),
                grants: step.grants, unanswered: step)
            target.adoption = step.adopts ? .inPlace : .no
            let nothing = EngineError(.retry, "nothing came of the last step")
            switch await engine.observe([target])[id] {
            case .success(let found)?
            where found.presence == .ours && (step.verb == .create || found.intent == step.intent):
                finish(step, found: found)
            // Where something else stands, what was to be deleted does not any more.
            case .success(let found)? where step.verb == .delete && found.presence != .ours:
                finish(step, .done(.absent))
            case .success?: finish(step, .failed(nothing))
            case .failure(let error)?: stayUncertain(step, error)
            case nil:
                stayUncertain(
                    step, EngineError(.retry, "engine '\(step.engine)' did not say what became of it"))
            }
        }
    }

    /// What was found may have drifted since the step: it is recorded as it was made, and then looked at again.
    private mutating func finish(_ step: Step, found: Observation) {
        var made = found
        if let desired = step.desired, found.presence == .ours {
            let before = step.verb == .update ? picture.nodes[step.id]?.record : nil
            made.fields = found.fields.made(
                of: desired, applied: before?.spec, base: before?.observation.fields)
        }
        finish(step, .done(made))
        if made != found { picture.markStale([step.id]) }
    }

    private mutating func stayUncertain(_ step: Step, _ error: EngineError) {
        var error = error
        if error.hint == nil { error.hint = step.id.settleHint }
        let isKnown = picture.nodes[step.id]?.held?.error == error
        picture.fail(step.id, error, spec: step.desired, isBlind: true, policy: policy, now: now())
        if error.recovery == .waitForChange, !isKnown {
            picture.happenings.append(.uncertain(step.id, error))
        }
    }

    /// A person says what became of a step. What was made is looked for without the record's help.
    mutating func settle(_ id: ResourceID, _ said: Decision) async {
        guard let node = picture.nodes[id], let step = node.unanswered, !node.isInFlight else { return }
        guard said.kind == .settleMade else {
            return finish(step, .failed(EngineError(.retry, "a person said that nothing was made")))
        }
        var target = Target(
            id, desired: step.desired, type: step.type,
            recorded: step.verb == .create ? nil : node.record?.asked(by: step),
            grants: step.grants)
        target.adoption = said.value.isEmpty ? .inPlace : .importing(said.value)
        target.grants.mayAdopt = true
        switch await engines[step.engine]?.observe([target])[id] {
        case .success(let found)? where found.presence == .ours || step.verb == .delete:
            finish(step, found: found)
        case .failure(let error)?: stayUncertain(step, error)
        default:
            stayUncertain(step, EngineError(.waitForChange, "engine '\(step.engine)' finds nothing there"))
        }
    }
}

extension ResourceID {
    /// Where the engine knows nothing better.
    package var settleHint: String { "look for it, then say 'martlet settle \(self) --made' or '--not-made'" }
}

extension Recorded {
    /// As a step has to look at it: one that takes away what was deposed is about that, and not about what stands in its
    /// place.
    func asked(by step: Step) -> Recorded {
        var record = self
        if step.verb == .delete, deposed.contains(step.observation) { record.observation = step.observation }
        return record
    }

    /// A delete is of the deposed object that it was over, or else of the current one; of what it has not wholly taken
    /// away, the rest is recorded in its place.
    private static func after(deleting step: Step, _ left: Observation, _ before: Recorded?) -> Recorded? {
        guard var record = before ?? step.taken else { return nil }
        if let index = record.deposed.firstIndex(of: step.observation) {
            record.deposed[index] = left
            record.deposed.removeAll { $0.presence == .absent }
            return record
        }
        record.observation = left
        let isKept = left.presence != .absent || !record.deposed.isEmpty || step.taken != nil
        return isKept ? record : nil
    }

    static func after(_ step: Step, _ observation: Observation, before: Recorded?) -> Recorded? {
        if step.verb == .delete { return after(deleting: step, observation, before) }
        guard let manifest = step.manifest else { return before }
        var spec = step.desired ?? .null
        var observation = observation
        for kept in step.keeps {
            spec.set(kept.asked, at: kept.path.components[...])
            observation.fields.set(kept.base, at: kept.path.components[...])
        }
        var record = Recorded(
            manifest: manifest, spec: spec, observation: observation,
            intent: observation.intent ?? step.intent)
        record.deposed = (before?.deposed ?? []) + (step.deposes.map { [$0] } ?? [])
        if !step.keeps.isEmpty { record.driftedSince = before?.driftedSince }
        return record
    }
}

extension Step {
    /// What is recorded of an object that the manifest takes over, where it goes to be made anew: that it was ours, so that
    /// it is not looked for again. Nil for any other.
    fileprivate var taken: Recorded? {
        guard verb == .delete, desired != nil, let manifest, manifest.engine == engine,
            manifest.options.adopt != .no
        else { return nil }
        var record = Recorded(manifest: manifest, spec: .null, observation: .absent, intent: intent)
        record.manifest = .literal(.null)
        return record
    }
}
