import Model

extension Picture {
    /// Plans what is dirty, in the graph's order; whoever sees other outputs than before is planned as well.
    mutating func plan(with engines: [String: any Engine], policy: Policy, now: Int) async {
        await planDirty(with: engines, policy: policy, now: now)
        if crowded.isEmpty && swapping.isEmpty { return }
        await planSwaps(with: engines, policy: policy, now: now)
        await planDirty(with: engines, policy: policy, now: now)
    }

    mutating func planDirty(with engines: [String: any Engine], policy: Policy, now: Int) async {
        focusDirty()
        let inFocus = focused
        var levels = Dictionary(grouping: dirty) { nodes[$0]?.rank ?? 0 }.mapValues(Set.init)
        while let rank = levels.keys.min(), let level = levels.removeValue(forKey: rank) {
            dirty.subtract(level)
            // Some at a time: a question with its answer is larger than all that stays of a resource.
            var rest = level[...]
            while !rest.isEmpty {
                let questions = rest.prefix(1024).compactMap { question(about: $0, engines, now: now) }
                rest = rest.dropFirst(1024)
                let answers = await concurrently(questions, width: policy.width) { ($0, await Self.ask($0)) }
                for (question, answer) in answers { take(answer, to: question, policy: policy, now: now) }
            }
            for id in level {
                guard let node = nodes[id] else { continue }
                if node.isVacant {
                    drop(id)
                    continue
                }
                let outputs = visibleOutputs(of: id)
                reconsider(id)
                let areNew = outputs != node.outputs
                // Also where they are equal: then they share their storage with what was seen.
                nodes[id]?.outputs = outputs
                let followers = areNew ? Array(node.dependants) : readers(after: id)
                for other in followers where inFocus?.contains(other) ?? true {
                    levels[nodes[other]?.rank ?? 0, default: []].insert(other)
                    dirty.insert(other)
                }
            }
        }
    }

    private mutating func drop(_ id: ResourceID) {
        recount(id, from: nodes[id]?.counted, to: nil)
        setAwaited(nil, by: id)
        change(id) { $0 = Node() }
        nodes[id] = nil
        touched.insert(id)
        progressing.remove(id)
        held.remove(id)
        missed.remove(id)
        warned.remove(id)
        due[id] = nil
    }

    /// Pure: decides from what is known alone, and asks the engine only where something differs.
    private mutating func question(about id: ResourceID, _ engines: [String: any Engine], now: Int)
        -> Question?
    {
        guard let node = nodes[id], node.unanswered == nil else { return nil }
        guard node.manifest != nil || node.record != nil else {
            release(id)
            setPending(nil, of: id)
            return nil
        }
        let isSuspended = suspension(of: id, node, now: now) != nil
        nodes[id]?.isSuspended = isSuspended
        guard node.manifest != nil || mayRemove(node) else { return nil }
        if let old = node.manifest?.options.movedFrom, awaitedMoves[old] == id { return nil }
        if node.record == nil, engines[node.engine ?? ""] == nil {
            planUnserved(id, node, now: now)
            return nil
        }
        guard let seen = node.seen, node.held?.isBlind != true, let name = node.engine,
            let engine = engines[name]
        else { return nil }
        var question = Question(
            target: target(id, node), observation: seen, engine: engine, secrets: .none,
            onDrift: node.manifest?.options.onDrift ?? .correct)
        let desired = question.target.desired
        let isAsRecorded =
            desired != nil && desired == node.record?.spec && seen == node.record?.observation
            && seen.presence == .ours
            && !seen.health.isFailed && !question.target.isReplaced && !question.target.isEarly
        if let old = node.record?.deposed.first, desired == nil || isAsRecorded {
            return deposed(id, old, question, node, engines, now: now)
        }
        question.successor = successor(of: id, node, engines)
        guard needsPlan(id, node, question, isAsRecorded: isAsRecorded, now: now) else { return nil }
        question.secrets = planSecrets(question.asked, engines)
        question.target.yields = yielding[id] != nil
        return question
    }

    /// Nil where what stands is of the engine that git names.
    private func successor(of id: ResourceID, _ node: Node, _ engines: [String: any Engine]) -> Successor? {
        guard let manifest = node.manifest, let name = node.engine, manifest.engine != name else {
            return nil
        }
        let target = Target(
            id, desired: resolved(manifest), type: manifest.type, recorded: nil, grants: grants(for: id))
        return Successor(
            target: target, engine: engines[manifest.engine],
            missing: .noEngine(manifest.engine, manifest.layer))
    }

    /// No engine can say what is there: planned as if nothing were, and held.
    private mutating func planUnserved(_ id: ResourceID, _ node: Node, now: Int) {
        let target = target(id, node)
        guard let change = Change.byField(target, over: .absent) else { return }
        var pending = Pending(
            asked: target.desired, desired: target.desired, seen: .absent, change: change, verb: .create,
            over: .absent, payload: [])
        pending.restraint = suspension(of: id, node, now: now)
        setPending(pending, of: id)
    }

    /// A removed resource goes only where its source still stands and was loaded whole.
    private func mayRemove(_ node: Node) -> Bool {
        guard let source = node.record.flatMap({ sources[$0.source] }) else { return false }
        return source.isDestroyed || (source.isConfigured && source.isLoaded)
    }

    private func deposed(
        _ id: ResourceID, _ old: Observation, _ question: Question, _ node: Node,
        _ engines: [String: any Engine], now: Int
    ) -> Question? {
        if let pending = node.pending, pending.isDeposed, pending.seen == old,
            pending.restraint == suspension(of: id, node, now: now)
        {
            return nil
        }
        if let held = node.held, held.spec == nil, held.retryAt.map({ $0 > now }) ?? true { return nil }
        var question = question
        (question.target.desired, question.isDeposed) = (nil, true)
        question.observation = old
        question.secrets = planSecrets(nil, engines)
        return question
    }

    private mutating func needsPlan(
        _ id: ResourceID, _ node: Node, _ question: Question, isAsRecorded: Bool, now: Int
    ) -> Bool {
        let (desired, asked, seen) = (question.target.desired, question.asked, question.observation)
        if desired == nil, node.manifest == nil, seen.presence != .ours || node.record?.onRemove == .forget {
            forget(id, seen)
        } else if seen.presence == .foreign, desired == nil {
            leaveEngine(id)
        } else if seen.presence == .foreign {
            setPending(nil, of: id)
            hold(id, .foreign(id, grants(for: id)), spec: asked, now: now)
        } else if isAsRecorded {
            release(id)
            setDrifted(nil, id)
            if node.pending != nil { setPending(nil, of: id) } else { count(id, asDelete: false) }
            if node.record.map({ !$0.covers(node.manifest) }) ?? false { accept(id, .matches) }
        } else {
            let isWaiting = node.held.map { $0.spec == asked && $0.seen == seen } ?? false
            if isWaiting, node.held?.retryAt.map({ $0 > now }) ?? true { return false }
            if let pending = node.pending, pending.asked == asked, pending.seen == seen,
                pending.restraint == restraint(on: id, node, pending.change, now: now)
            {
                return false
            }
            return true
        }
        return false
    }

    private mutating func forget(_ id: ResourceID, _ seen: Observation) {
        release(id)
        setPending(nil, of: id)
        guard let source = nodes[id]?.record?.source else { return }
        accept(id, seen.presence == .ours ? .forgotten(source: source) : .gone)
    }

    /// The engine that made it has nothing of it any more; what the manifest's own sees comes next.
    private mutating func leaveEngine(_ id: ResourceID) {
        release(id)
        setPending(nil, of: id)
        setRecord(nil, of: id)
        accepted[id] = .gone
        nodes[id]?.seen = nil
        stale.insert(id)
    }

    /// The resource is recorded as it was seen, without a step.
    mutating func accept(_ id: ResourceID, _ why: Acceptance) {
        guard let node = nodes[id] else { return }
        reconsider(id)
        switch why {
        case .forgotten, .gone: setRecord(nil, of: id)
        case .matches, .adopted:
            guard let manifest = node.manifest, let seen = node.seen else { return }
            var record = Recorded(
                manifest: manifest, spec: target(id, node).desired ?? .null, observation: seen,
                intent: seen.intent ?? node.record?.intent ?? 0)
            record.deposed = node.record?.deposed ?? []
            guard record != node.record else { return }
            setRecord(record, of: id)
            if !record.deposed.isEmpty { dirty.insert(id) }
        }
        accepted[id] = why
    }

    private mutating func take(
        _ answer: Result<Answer, EngineError>, to question: Question, policy: Policy, now: Int
    ) {
        let id = question.target.id
        switch answer {
        case .failure(let error):
            setPending(nil, of: id)
            fail(id, error, spec: question.asked, policy: policy, now: now)
            if error.occupant != nil { crowded.insert(id) }
        case .success(let answer):
            release(id)
            guard let change = answer.change else { return settle(question) }
            let leg = answer.leg ?? change
            let makesFirst = change.action == .replace && leg.action == .create
            var pending = Pending(
                asked: question.asked, desired: answer.desired, seen: question.observation,
                change: change,
                verb: leg.verb, over: makesFirst ? .absent : question.observation, payload: leg.payload)
            (pending.isDeposed, pending.kept) = (question.isDeposed, answer.kept)
            pending.returnsTo = answer.returnsTo
            if change.action == .replace, !change.createsFirst { pending.swap = yielding[id] ?? [] }
            if let node = nodes[id] {
                pending.restraint =
                    question.isDeposed
                    ? suspension(of: id, node, now: now) : restraint(on: id, node, change, now: now)
            }
            setPending(pending, of: id)
            note(pending, of: id, now: now)
        }
    }

    /// The engine has nothing to do.
    private mutating func settle(_ question: Question) {
        let id = question.target.id
        setPending(nil, of: id)
        if !question.isDeposed { setDrifted(nil, id) }
        guard let node = nodes[id] else { return }
        if question.isDeposed, var record = node.record {
            record.deposed.removeFirst()
            setRecord(record, of: id)
            accepted[id] = .matches
            dirty.insert(id)
        } else if question.successor != nil {
            leaveEngine(id)
        } else if let asked = question.target.desired {
            let isNew = node.record == nil && question.target.adoption != .no
            guard asked.isKnown else { return }
            if let pending = taking(question.target, over: question.observation, node) {
                setPending(pending, of: id)
            } else {
                accept(id, isNew ? .adopted : .matches)
            }
        } else {
            accept(id, .gone)
        }
    }

    /// Planning reads what stands and takes no lease; a preview reads nothing.
    private func planSecrets(_ desired: Value?, _ engines: [String: any Engine]) -> SecretSource {
        if isPreview { return .withheld }
        let places = secretPlaces(of: desired)
        return SecretSource { handle throws(EngineError) in
            handle.isLeased ? nil : try await places.read(handle, engines, lease: nil)
        }
    }
}

extension Recorded {
    init(manifest: Manifest, spec: Value, observation: Observation, intent: Int) {
        self.init(
            source: manifest.source, layer: manifest.layer, engine: manifest.engine, type: manifest.type,
            manifest: manifest.counted, spec: spec, dependencies: manifest.dependencies,
            observation: observation,
            intent: intent, onRemove: manifest.options.onRemove)
    }
    /// What a replacement left is the object again, and what stands now is left instead.
    mutating func takeBack(_ old: Observation, leaving seen: Observation) {
        guard let index = deposed.firstIndex(of: old) else { return }
        deposed[index] = seen
        // What was asked for then is not recorded; what came of it is.
        (observation, spec, intent) = (old, old.fields, old.intent ?? intent)
    }
    /// Whether it says of the manifest all that must be known once that is gone.
    func covers(_ manifest: Manifest?) -> Bool {
        manifest.map {
            $0.counted == self.manifest && $0.source == source && $0.dependencies == dependencies
                && $0.options.onRemove == onRemove
        } ?? true
    }
}

extension EngineError {
    static func foreign(_ id: ResourceID, _ grants: Grants) -> EngineError {
        EngineError(
            .waitForChange, "exists, and is not ours",
            hint: grants.mayAdopt
                ? "take it over with 'reconcile: {adopt: true}' or 'martlet adopt \(id)'"
                : "to take it over, allow 'adopt' for the source in the controller's configuration")
    }
}

extension Observation.Health {
    var isFailed: Bool { if case .failed = self { true } else { false } }
}

extension Change {
    fileprivate var verb: Step.Verb {
        switch action {
        case .create: .create
        case .update: .update
        case .replace, .delete: .delete
        }
    }
}
