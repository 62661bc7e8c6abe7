import Model
import Store

extension Reconciler {
    /// Makes an intent for each change that can start, up to the width. Nothing starts before they are journaled.
    mutating func start() -> [Step] {
        takeApprovals()
        relaxBudgets()
        var steps: [Step] = []
        var waiting: Set<Blocker> = []
        repeat { start(&steps, &waiting) } while inFlight == 0 && picture.callUsersThatMayGo()
        tell(waiting)
        return steps
    }

    private mutating func start(_ steps: inout [Step], _ waiting: inout Set<Blocker>) {
        while inFlight < policy.width, let id = picture.takeCandidate() {
            guard let node = picture.nodes[id], let pending = node.pending else { continue }
            guard picture.canStart(id) else {
                if let blocker = picture.personBlocker(of: id) { waiting.insert(blocker) }
                picture.callUsers(leavingBefore: id)
                continue
            }
            if let old = pending.returnsTo {
                takeBack(old, id, leaving: pending.seen)
                continue
            }
            if pending.isTaken {
                take(id)
                continue
            }
            let step = step(for: id, node, pending)
            nextIntent += 1
            picture.focus.replacing.remove(id)
            entries.append(.intent(step))
            picture.change(id) { ($0.unanswered, $0.isInFlight) = (step, true) }
            picture.touched.insert(id)
            inFlight += 1
            steps.append(step)
        }
    }

    private mutating func takeBack(_ old: Observation, _ id: ResourceID, leaving seen: Observation) {
        guard var record = picture.nodes[id]?.record else { return }
        record.takeBack(old, leaving: seen)
        picture.setPending(nil, of: id)
        picture.setRecord(record, of: id)
        picture.nodes[id]?.seen = nil
        picture.markStale([id])
        entries.append(.outcome(id, closes: nil, record))
    }

    private mutating func take(_ id: ResourceID) {
        picture.setPending(nil, of: id)
        picture.accept(id, .matches)
        picture.accepted[id] = nil
        entries.append(.outcome(id, closes: nil, picture.nodes[id]?.record))
        picture.withdraw(.approve, id.description)
        if let source = picture.nodes[id]?.source { picture.spendReviews(of: id, in: source) }
    }

    private func step(for id: ResourceID, _ node: Node, _ pending: Pending) -> Step {
        let isNew = pending.verb == .create && pending.seen.presence == .ours
        let engine = (node.record?.engine).flatMap { pending.verb == .create ? nil : $0 } ?? node.engine ?? ""
        var step = Step(
            intent: nextIntent, id: id, engine: engine,
            type: pending.verb == .create ? node.manifest?.type : node.type,
            verb: pending.verb, desired: pending.desired, over: pending.over, payload: pending.payload,
            adopts: node.record == nil && pending.seen.presence == .ours, grants: picture.grants(for: id),
            deposes: isNew ? pending.seen : nil, manifest: node.manifest)
        step.keeps = pending.kept.map { field in
            Step.Kept(
                path: field.path, asked: pending.asked?[field.path] ?? .null,
                base: node.record?.observation.fields[field.path] ?? .null)
        }
        return step
    }

    /// What planning found to be as desired is recorded without a step.
    mutating func keepAccepted() {
        for (id, why) in picture.accepted {
            entries.append(.outcome(id, closes: nil, picture.nodes[id]?.record))
            switch why {
            case .adopted: adopted(id)
            case .forgotten(let source): picture.happenings.append(.forgotten(id, source: source))
            case .gone, .matches: break
            }
        }
        picture.accepted = [:]
    }

    /// An approval binds the plan of its digest, once that stands: each change of it, until it is done or another
    /// commit comes.
    private mutating func takeApprovals() {
        guard picture.hasNewPlan else { return }
        picture.hasNewPlan = false
        for (name, source) in picture.sources where source.needsReview {
            guard let said = picture.decisions[name]?[.approve], said.value.count >= 12,
                picture.planDigest(of: name).hasPrefix(said.value)
            else { continue }
            for entry in picture.plan(of: { $0.source == name && $0.pending?.isDeposed == false }).entries {
                var each = said
                each.subject = entry.id.description
                each.value = ReviewedChange(entry.id, of: entry.change).text
                keep(each)
                picture.consider(entry.id)
            }
            picture.happenings.append(
                .released(source: name, digest: picture.planDigest(of: name), by: said.by))
            picture.withdraw(.approve, name)
            picture.trust(name)
        }
    }

    /// What waited for a person goes by itself once it is within the budget.
    private mutating func relaxBudgets() {
        for (name, source) in picture.sources
        where source.isLoaded && source.record?.toldDeletes != nil && !source.isOverBudget {
            picture.setTold(nil, \.toldDeletes, of: name)
            for id in source.deletions { picture.consider(id) }
        }
    }

    /// Once for the same deletes, and once for the same commit's review.
    private mutating func tell(_ waiting: Set<Blocker>) {
        for name in picture.sources.keys.sorted() {
            if waiting.contains(.deleteBudget(source: name)) {
                tell(.deleteBudget(source: name), picture.deletesDigest(of: name), \.toldDeletes, of: name)
            }
            if waiting.contains(.review(source: name)), let commit = picture.sources[name]?.record?.commit {
                tell(.review(source: name), commit, \.toldReview, of: name)
            }
        }
    }

    private mutating func tell(
        _ blocker: Blocker, _ matter: String, _ told: WritableKeyPath<SourceRecord, String?>,
        of source: String
    ) {
        guard let record = picture.sources[source]?.record, record[keyPath: told] != matter else { return }
        picture.setTold(matter, told, of: source)
        picture.happenings.append(.waiting(source: source, blocker))
    }
}

extension Node {
    /// What the engine is to make, or has made.
    var type: String? { record?.type ?? manifest?.type }
}
