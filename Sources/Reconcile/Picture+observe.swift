import Model
import Store

extension Picture {
    mutating func markStale(_ ids: some Sequence<ResourceID>) {
        for id in ids {
            guard let node = nodes[id] else { continue }
            if node.isInFlight {
                missed.insert(id)
            } else if node.unanswered == nil {
                stale.insert(id)
            } else {
                lost.insert(id)
            }
        }
    }

    /// How an engine is asked about a node.
    func target(_ id: ResourceID, _ node: Node) -> Target {
        let manifest = node.record.map { $0.engine == node.manifest?.engine } ?? true ? node.manifest : nil
        var target = Target(
            id, desired: asked(of: node, manifest), type: manifest?.type ?? node.record?.type,
            recorded: node.record,
            grants: grants(for: id))
        target.manifest = manifest?.counted
        target.followsOnly = target.manifest != nil && target.manifest == node.record?.manifest
        target.adoption = adoption(of: id, manifest)
        target.isReplaced = focus.replacing.contains(id)
        target.isMoved = manifest?.options.movedFrom != nil
        target.isEarly = manifest.map { isEarly(id, $0) } ?? false
        target.createsFirst = node.layer == .provision && madeFirst.contains(id)
        return target
    }
    /// References resolved, and what the manifest says to ignore as it is.
    private func asked(of node: Node, _ manifest: Manifest?) -> Value? {
        guard let manifest else { return nil }
        let desired = resolved(manifest)
        guard !manifest.options.ignore.isEmpty, let seen = node.seen, seen.presence == .ours else {
            return desired
        }
        return desired.taking(manifest.options.ignore, from: seen.fields, recorded: node.record)
    }
    private func adoption(of id: ResourceID, _ manifest: Manifest?) -> ReconcileOptions.Adoption {
        guard grants(for: id).mayAdopt, let manifest else { return .no }
        guard case .no = manifest.options.adopt else { return manifest.options.adopt }
        return decisions[id.description]?[.adopt] == nil ? .no : .inPlace
    }

    /// Asks each engine once about all that is stale. What is not answered, or answered by an error, is held as it is.
    mutating func observe(with engines: [String: any Engine], policy: Policy, now: Int) async {
        var batches: [String: [Target]] = [:]
        focusStale()
        trustRecords(now: now)
        for id in stale {
            guard let node = nodes[id], node.unanswered == nil, let name = node.engine else { continue }
            if engines[name] == nil {
                hold(id, .noEngine(name, node.layer), spec: nil, isBlind: true, now: now)
            } else {
                batches[name, default: []].append(target(id, node))
            }
        }
        stale = []
        let answers = await concurrently(Array(batches), width: batches.count) { name, batch in
            let answers = await engines[name]?.observe(batch) ?? [:]
            let unseen = EngineError(.retry, "engine '\(name)' did not say whether it exists")
            return batch.map { ($0.id, answers[$0.id] ?? .failure(unseen)) }
        }
        for (id, answer) in answers.joined() {
            switch answer {
            case .success(let observation): see(observation, of: id, now: now)
            case .failure(let error): fail(id, error, spec: nil, isBlind: true, policy: policy, now: now)
            }
        }
    }

    mutating func see(_ observation: Observation, of id: ResourceID, now: Int) {
        guard let node = nodes[id] else { return }
        if node.held?.isBlind == true {
            nodes[id]?.attempts = 0
            release(id)
        } else if node.held != nil, node.held?.seen == nil {
            nodes[id]?.held?.seen = observation
        }
        if node.seen?.health != observation.health || node.seen?.warning != observation.warning {
            reconsider(id)
        }
        nodes[id]?.seenAt = now
        // Equal to the record, so share its storage.
        nodes[id]?.seen = observation == node.record?.observation ? node.record?.observation : observation
        if case .progressing = observation.health { progressing.insert(id) } else { progressing.remove(id) }
        if observation.warning == nil { warned.remove(id) } else { warned.insert(id) }
        dirty.insert(id)
    }

    /// Holds it after an error: until something changes, or for a time that grows with each failure in a row.
    mutating func fail(
        _ id: ResourceID, _ error: EngineError, spec: Value?, isBlind: Bool = false, policy: Policy, now: Int
    ) {
        nodes[id]?.attempts += 1
        let attempts = nodes[id]?.attempts ?? 1
        let retryAt = error.recovery == .retry ? now + policy.backoff(attempts) : nil
        hold(id, error, spec: spec, isBlind: isBlind, now: now, retryAt: retryAt)
    }
}

extension EngineError {
    static func noEngine(_ name: String, _ layer: Layer?) -> EngineError {
        guard name.isEmpty else {
            return EngineError(
                .waitForChange, "no engine '\(name)' for layer \(layer?.rawValue ?? "")",
                hint: "name it under 'engines' in the controller's configuration")
        }
        return EngineError(.waitForChange, "no engine for layer \(layer?.rawValue ?? "")")
    }
}

/// Runs `body` over all items, at most `width` at a time; answers come in the order they end.
func concurrently<Item: Sendable, Answer: Sendable>(
    _ items: [Item], width: Int, _ body: @escaping @Sendable (Item) async -> Answer
) async -> [Answer] {
    if items.count == 1 { return [await body(items[0])] }
    return await withTaskGroup(of: Answer.self) { group in
        var rest = items.makeIterator()
        var answers: [Answer] = []
        answers.reserveCapacity(items.count)
        for _ in 0..<max(1, width) {
            guard let item = rest.next() else { break }
            group.addTask { await body(item) }
        }
        for await answer in group {
            answers.append(answer)
            if let item = rest.next() { group.addTask { await body(item) } }
        }
        return answers
    }
}
