import Model
import Store

extension Change {
    /// The drift that stays while the rest is made, where the manifest says not to correct it.
    func kept(under onDrift: ReconcileOptions.OnDrift) -> [FieldChange] {
        guard onDrift != .correct, action == .update, !isDriftOnly else { return [] }
        return fields.filter { $0.cause == .drift }
    }
}

extension Picture {
    /// Why the change is only reported, if it is.
    func restraint(on id: ResourceID, _ node: Node, _ change: Change, now: Int) -> Restraint? {
        if let suspension = suspension(of: id, node, now: now) { return suspension }
        guard let onDrift = node.manifest?.options.onDrift, onDrift != .correct, change.isDriftOnly else {
            return nil
        }
        return onDrift == .warn ? .warnOnly : .ignored
    }

    /// Remembers since when it has drifted, and tells it once.
    mutating func note(_ pending: Pending, of id: ResourceID, now: Int) {
        let change = pending.change
        let hasDrifted =
            !pending.isDeposed && pending.restraint != .ignored
            && (change.cause == .drift || !pending.kept.isEmpty
                || change.fields.contains { $0.cause == .drift || $0.cause == .both })
        guard hasDrifted else { return setDrifted(nil, id) }
        guard nodes[id]?.driftedSince == nil, nodes[id]?.record != nil else { return }
        setDrifted(now, id)
        happenings.append(.drifted(id, change, pending.restraint))
    }

    /// Kept with the record, so that it is not told anew after a restart.
    mutating func setDrifted(_ since: Int?, _ id: ResourceID) {
        guard var record = nodes[id]?.record, record.driftedSince != since else { return }
        record.driftedSince = since
        setRecord(record, of: id)
        if accepted[id] == nil { accepted[id] = .matches }
    }

    /// It replaces what was said before of that kind on that subject.
    mutating func keep(_ decision: Decision) {
        decisions[decision.subject, default: [:]][decision.kind] = decision
        withdrawn.removeAll { $0.kind == decision.kind && $0.subject == decision.subject }
        if decision.kind == .approve { hasNewPlan = true }
        guard decision.kind == .suspend else { return }
        resuming[.person(subject: decision.subject)] =
            decision.hasEnded ? nil : decision.until.map { $0 * 1000 }
    }

    /// Whether there was anything to withdraw.
    @discardableResult
    mutating func withdraw(_ kind: Decision.Kind, _ subject: String) -> Bool {
        guard decisions[subject]?.removeValue(forKey: kind) != nil else { return false }
        withdrawn.append((kind, subject))
        if kind == .suspend { resuming[.person(subject: subject)] = nil }
        return true
    }

    /// Tells which suspensions are over by now, each once, and plans anew what they were on. The words of people that
    /// are to be stored for it.
    mutating func resume(by now: Int) -> [Decision] {
        var ended: [Decision] = []
        for over in resuming.take(by: now) {
            switch over {
            case .manifest(let id):
                guard let node = nodes[id], let source = node.source,
                    let reason = node.manifest?.options.suspend?.reason
                else { continue }
                happenings.append(.resumed(id, source: source, reason: reason, by: nil))
                dirty.insert(id)
            case .person(let subject):
                guard var said = decisions[subject]?[.suspend] else { continue }
                let id = ResourceID(subject)
                said.hasEnded = true
                keep(said)
                ended.append(said)
                tellEnd(of: said, by: nil)
                dirty.formUnion(id.map { [$0] } ?? idsBySource[subject])
            }
        }
        return ended
    }

    /// Of a suspension that a person asked for; there may be nobody any more whom it was about.
    mutating func tellEnd(of said: Decision, by person: String?) {
        let id = ResourceID(said.subject)
        guard let source = id.map({ nodes[$0]?.source }) ?? said.subject else { return }
        happenings.append(.resumed(id, source: source, reason: said.value, by: person))
    }

    /// By its manifest, or by a person for the resource or its whole source; not once the time is over.
    func suspension(of id: ResourceID, _ node: Node, now: Int) -> Restraint? {
        func lasts(_ until: Int?) -> Bool { until.map { $0 * 1000 > now } ?? true }
        if let suspend = node.manifest?.options.suspend, lasts(suspend.until) {
            return .suspended(reason: suspend.reason, until: suspend.until)
        }
        for subject in [id.description, node.source].compactMap(\.self) {
            if let said = decisions[subject]?[.suspend], lasts(said.until) {
                return .suspended(reason: said.value, until: said.until)
            }
        }
        return nil
    }
}

extension FieldPath {
    /// Reads an RFC 6901 pointer; a part is an index where a list stands there.
    init?(pointer: String, in value: Value) {
        var components: [Component] = []
        var current: Value? = value
        for key in Self.keys(of: pointer) {
            if case .list(let items)? = current {
                guard let index = Int(key), items.indices.contains(index) else { return nil }
                components.append(.index(index))
                current = items[index]
            } else {
                components.append(.key(key))
                current = current?[key]
            }
        }
        guard current != nil else { return nil }
        self.init(components)
    }
}

extension Value {
    /// With what stands under each JSON pointer taken from `observed`: a difference there counts for nothing. What is
    /// not there was taken away, or is nothing that the engine shows, and then as it was applied.
    func taking(_ pointers: [String], from observed: Value, recorded: Recorded?) -> Value {
        var value = self
        for pointer in pointers {
            if let path = FieldPath(pointer: pointer, in: observed) {
                value.set(observed[path] ?? .null, at: path.components[...])
            } else if let recorded, let path = FieldPath(pointer: pointer, in: self) {
                let wasSeen = recorded.observation.fields[path] != nil
                value.set(wasSeen ? .null : recorded.spec[path] ?? .null, at: path.components[...])
            }
        }
        return value
    }

    /// Puts `value` at a path, `.null` taking the field away; a path that leads nowhere changes nothing.
    mutating func set(_ value: Value, at path: ArraySlice<FieldPath.Component>) {
        guard let first = path.first else {
            self = value
            return
        }
        switch (first, self) {
        case (.key(let key), .map(var fields)):
            if path.count == 1, value == .null {
                fields[key] = nil
            } else {
                fields[key, default: .map([:])].set(value, at: path.dropFirst())
            }
            self = .map(fields)
        case (.index(let index), .list(var items)) where items.indices.contains(index):
            items[index].set(value, at: path.dropFirst())
            self = .list(items)
        default: break
        }
    }

    /// What these fields, as they were found, were when a step had just made them of `desired`: what it left alone as in
    /// the base, what it changed as desired. Where the engine has another form for a field, as found.
    func made(of desired: Value, applied: Value?, base: Value?) -> Value {
        switch (desired, self) {
        case (.map(let asked), .map(let found)):
            .map(
                Dictionary(
                    uniqueKeysWithValues: found.map { key, value in
                        (
                            key,
                            asked[key].map { value.made(of: $0, applied: applied?[key], base: base?[key]) }
                                ?? value
                        )
                    }))
        case _ where desired == applied: base ?? self
        case (.bool, .bool), (.int, .int), (.string, .string), (.list, .list):
            desired.isKnown && desired.secrets.isEmpty ? desired : self
        default: self
        }
    }
}
