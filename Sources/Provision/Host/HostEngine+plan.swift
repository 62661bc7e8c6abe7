import Glibc
package import Model

extension HostEngine {
    package func plan(_ target: Target, over observation: Observation, secrets: SecretSource)
        async throws(EngineError) -> Change?
    {
        let answer = await onQueue {
            Result { () throws(EngineError) in try plan(target, over: observation) }
        }
        return try answer.get()
    }

    private func plan(_ target: Target, over observation: Observation) throws(EngineError) -> Change? {
        guard let desired = target.desired else {
            if observation.presence == .ours, let state = HostState(observation.state) {
                let place = try roots.place(state.path, target.grants)
                // Ours is gone from there already, with a step whose end was lost.
                if watcher.isTaken(place, from: target.id) { return nil }
            }
            return Change.byField(target, over: observation)
        }
        let spec = try HostSpec(desired)
        _ = try permitted(spec, target.grants)
        guard observation.presence != .foreign else { throw .notOurs(spec.path ?? "") }
        var target = target
        target.desired = spec.value
        if let recorded = target.recorded {
            target.recorded?.spec = (try? HostSpec(recorded.spec))?.value ?? recorded.spec
            target.recorded?.observation = aligned(recorded.observation, to: spec, recorded: recorded.spec)
        }
        let seen = aligned(observation, to: spec, recorded: target.recorded?.spec)
        guard var change = Change.byField(target, over: seen, replacing: ["type"]) else { return nil }
        change.outputs = spec.plannedOutputs
        if seen.presence == .absent {
            if let other = try occupant(of: spec, for: target) { throw .occupied(spec.path ?? "", by: other) }
            change.fields = Self.fieldsOfCreate(target, spec, over: seen)
            return change
        }
        return try moving(change, target, spec, over: seen)
    }

    /// What the controller's configuration has to say, asked again for each plan and each step.
    func permitted(_ spec: HostSpec, _ grants: Grants) throws(EngineError) -> (Place?, HostOwner.Numbers?) {
        let place: Place? = if let path = spec.path { try roots.place(path, grants) } else { nil }
        let numbers = try spec.owner?.permitted(grants)
        if spec.kind == .file, let mode = spec.mode, mode & 0o400 == 0, geteuid() != 0 {
            throw EngineError(
                .waitForChange, "mode '\(mode.octal)' keeps Martlet itself from reading the file",
                hint: "let its owner read it: 0400")
        }
        return (place, numbers)
    }

    /// In the words of what is desired, so that only what differs in meaning differs at all.
    private func aligned(_ observation: Observation, to spec: HostSpec, recorded: Value?) -> Observation {
        guard observation.presence == .ours, let state = HostState(observation.state) else {
            return observation
        }
        let config = observation.fields["config"] ?? .null
        var content = config[state.kind == .symlink ? "target" : "content"] ?? .null
        if spec.content == state.fingerprint.value {
            content = spec.content
        } else if state.kind == .file, let text = spec.content.string {
            if key.fingerprint(text: text) == state.fingerprint {
                content = spec.content
            } else if content.string == text {
                content = state.fingerprint.value
            }
        } else if content.string != nil, !spec.content.secrets.isEmpty,
            content != recorded?["config"]?["content"]
        {
            content = state.fingerprint.value
        }
        var aligned = observation
        aligned.fields = state.fields(like: spec.value, content: content)
        if spec.owner == nil { aligned.fields = aligned.fields.droppingOwner }
        return aligned
    }

    /// A create shows its fields one by one, not the config as a whole.
    private static func fieldsOfCreate(_ target: Target, _ spec: HostSpec, over seen: Observation)
        -> [FieldChange]
    {
        let config = spec.value["config"]?.fields ?? [:]
        let fields = config.keys.sorted().map { (FieldPath("config").appending($0), config[$0] ?? .null) }
        return ([(FieldPath("type"), .string(spec.kind.rawValue))] + fields).map { path, after in
            target.field(path, .null, after, over: seen)
        }
    }

    /// An object can't be moved: the new one is made, and the old one goes; the old one first where the place is taken
    /// by somebody who wants its own.
    private func moving(_ change: Change, _ target: Target, _ spec: HostSpec, over seen: Observation)
        throws(EngineError) -> Change
    {
        let path = FieldPath("config").appending("path")
        guard let index = change.fields.firstIndex(where: { $0.path == path }) else { return change }
        let field = change.fields[index]
        var change = change
        change.fields[index] = target.field(path, field.before, field.after, over: seen, replaces: true)
        change.action = .replace
        let before = field.before.string ?? ""
        if let after = spec.path {
            if let other = try occupant(of: spec, for: target) {
                let hasFolder = HostState(seen.state)?.kind == .directory || spec.kind == .directory
                guard target.yields, !hasFolder, !spec.keepsContent else { throw .occupied(after, by: other) }
                return change
            }
            let isApart = !after.isInside(before) && !before.isInside(after)
            change.createsFirst = isApart && spec.kind != .directory
        }
        return change
    }

    /// Whose object stands where this one is to be; throws where it is nobody's.
    private func occupant(of spec: HostSpec, for target: Target) throws(EngineError) -> ResourceID? {
        guard let path = spec.path else { return nil }
        let place = try roots.place(path, target.grants)
        var walk = Walk()
        guard let folder = try walk.open(place.folder), try Site(place: place, looking: folder).status != nil
        else { return nil }
        if target.leftPaths.contains(path) { return nil }
        watcher.announce(target.id)
        guard let other = watcher.owner(of: place, besides: target.id) else { throw .notOurs(path) }
        return other
    }
}

extension Value {
    fileprivate var droppingOwner: Value {
        guard case .map(var fields) = self, case .map(var config)? = fields["config"] else { return self }
        config["owner"] = nil
        fields["config"] = .map(config)
        return .map(fields)
    }
}

extension HostSpec {
    /// What is known before the object is made.
    var plannedOutputs: Value {
        var outputs = ["path": path.map(Value.string) ?? .unknown]
        switch kind {
        case .directory: break
        case .symlink: outputs["target"] = target.map(Value.string) ?? .unknown
        case .file:
            if let text = content.string {
                outputs["sha256"] = .string(text.sha256)
            } else if content.secrets.isEmpty, !keepsContent {
                outputs["sha256"] = .unknown
            }
        }
        return .map(outputs)
    }
}
