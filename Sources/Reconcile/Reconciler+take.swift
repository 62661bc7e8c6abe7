import Model
import Store

extension Reconciler {
    mutating func take(_ request: Request) async throws {
        switch request {
        case .load(let load): picture.take(load, now: now())
        case .sync(let source): sync(source)
        case .engine(let name, .resync):
            picture.markStale(picture.idsByEngine[name])
        case .engine(_, .changed(let ids)): picture.markStale(ids)
        case .timer: tick()
        case .finished(let step, let outcome):
            inFlight -= 1
            picture.nodes[step.id]?.isInFlight = false
            finish(step, outcome)
            if picture.missed.remove(step.id) != nil { picture.markStale([step.id]) }
        case .decide(let decision): await decide(decision)
        case .show(let previews, let request): picture.show(previews, of: request)
        case .unshow(let request): picture.unshow(request)
        case .approve(let approval): approve(approval)
        case .withdraw(let kind, let subject, let person): takeBack(kind, subject, by: person)
        case .configure(let policies): picture.configure(policies)
        case .fetched(let source, let time, let error):
            if error == nil { picture.sources[source]?.lastFetched = time }
            picture.sources[source]?.fetchError = error
            picture.sources[source]?.lastTried = time
        case .woken(let source, let time): picture.sources[source]?.lastWoken = time
        case .forgetSource(let name): dropSource(name, keepsObjects: true)
        case .destroySource(let name): dropSource(name, keepsObjects: false)
        case .forget(let id): forget([id])
        case .asked(let id, let what, let person):
            picture.happenings.append(.asked(id, what, by: person))
            picture.markStale([id])
        case .read(let body): body(picture)
        case .stop: isStopping = true
        }
    }

    private mutating func sync(_ source: String?) {
        let ids = source.map { picture.idsBySource[$0] } ?? Set(picture.nodes.keys)
        picture.retry(ids.filter { picture.nodes[$0]?.held != nil })
        picture.markStale(ids)
    }

    private mutating func tick() {
        let time = now()
        picture.markStale(picture.due.take(by: time))
        picture.markStale(picture.progressing)
        picture.markStale(sweep.due(picture, now: time))
        entries += picture.resume(by: time).map(Entry.decision)
    }

    private mutating func decide(_ decision: Decision) async {
        switch decision.kind {
        case .settleMade, .settleNotMade:
            guard let id = ResourceID(decision.subject) else { return }
            return await settle(id, decision)
        case .confirmDeletes:
            guard decision.value == picture.deletesDigest(of: decision.subject) else { return }
            for id in picture.sources[decision.subject]?.deletions ?? [] {
                var each = decision
                (each.subject, each.value) = (id.description, decision.subject)
                keep(each)
                picture.consider(id)
            }
            picture.setTold(nil, \.toldDeletes, of: decision.subject)
        case .suspend, .adopt, .approve:
            keep(decision)
            look(at: decision.subject)
        }
    }

    /// It holds for what was shown of a request, now or once that is merged, and for the plan that stands now: of that, in a
    /// comment, by nobody who asked for any of it.
    private mutating func approve(_ approval: PlanApproval) {
        let source = approval.source
        picture.keep(approval)
        guard picture.sources[source]?.needsReview ?? false,
            picture.planDigest(of: source) == approval.digest,
            approval.way == .command
                || !picture.isAsking(approval.by, id: approval.userID, ofWhatWaitsIn: source)
        else {
            let merged = (picture.previews[source] ?? [:]).values.filter {
                $0.isMerged && approval.allows($0)
            }
            picture.happenings += merged.map { .merged($0, approval) }
            return
        }
        keep(
            Decision(
                .approve, subject: source, value: approval.digest, by: approval.by, at: approval.at / 1000))
        look(at: source)
    }

    private mutating func takeBack(_ kind: Decision.Kind, _ subject: String, by person: String) {
        let said = picture.decisions[subject]?[kind]
        guard picture.withdraw(kind, subject) else { return }
        look(at: subject)
        if let said, kind == .suspend, !said.hasEnded { picture.tellEnd(of: said, by: person) }
    }

    mutating func keep(_ decision: Decision) {
        picture.keep(decision)
        entries.append(.decision(decision))
    }

    /// Something was said of a resource or a source: what it means is found by planning again.
    private mutating func look(at subject: String) {
        let ids = ResourceID(subject).map { [$0] } ?? picture.idsBySource[subject]
        for id in ids where picture.nodes[id] != nil {
            picture.dirty.insert(id)
            picture.stale.insert(id)
            picture.release(id)
        }
    }

    /// Ends a source that the configuration no longer has.
    private mutating func dropSource(_ name: String, keepsObjects: Bool) {
        guard let source = picture.sources[name], !source.isConfigured else { return }
        let ids = picture.idsBySource[name].filter { picture.nodes[$0]?.record != nil }
        if keepsObjects {
            forget(ids)
        } else {
            picture.sources[name]?.isDestroyed = true
            picture.sources[name]?.record?.isDestroyed = true
            picture.changedSources.insert(name)
            picture.dirty.formUnion(ids)
            picture.stale.formUnion(ids)
        }
        if keepsObjects || ids.isEmpty {
            picture.sources[name] = nil
            picture.changedSources.insert(name)
        }
    }

    /// Leaves the objects, and knows of them no more.
    private mutating func forget(_ ids: Set<ResourceID>) {
        for id in ids where picture.nodes[id]?.manifest == nil && picture.nodes[id]?.unanswered == nil {
            guard let source = picture.nodes[id]?.record?.source else { continue }
            picture.release(id)
            picture.setPending(nil, of: id)
            picture.setRecord(nil, of: id)
            picture.accepted[id] = .forgotten(source: source)
            picture.dirty.insert(id)
        }
    }
}
