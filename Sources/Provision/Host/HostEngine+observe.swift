import CHost
import Glibc
import Model

/// What stands at a place, or nothing.
struct Site {
    var place: Place
    var folder: Descriptor
    var status: stat?
    /// Nil where nothing is, or something that is neither file, directory nor symlink.
    var kind: HostKind? { status.flatMap(HostKind.init) }
}

extension HostEngine {
    func look(at target: Target, _ walk: inout Walk) throws(EngineError) -> Observation {
        let record = target.recorded.flatMap { $0.observation.presence == .ours ? $0 : nil }
        let recorded = record.flatMap { HostState($0.observation.state) }
        if watches { watcher.note(target.id, leaves: target.leftPaths) }
        let wanted = target.unanswered?.verb == .create ? nil : recorded?.path
        let asked = try wanted == nil ? Self.path(of: target) : wanted
        guard let path = asked else { return .absent }
        let place = try roots.place(path, target.grants)
        let opened = try walk.open(place.folder)
        if watches { watcher.watch(target.id, place, &walk, isOurs: wanted != nil) }
        guard let folder = opened else { return .absent }
        if let step = target.unanswered { discardLeftover(of: step, in: folder) }
        let site = try Site(place: place, looking: folder)
        guard site.status != nil else { return .absent }
        if let step = target.unanswered, let made = try settle(step, at: site) {
            watcher.announce(target.id)
            return made
        }
        guard let record, let recorded, wanted != nil else {
            if target.unanswered == nil, target.adoption == .no,
                let other = watcher.owner(of: place, besides: target.id)
            {
                throw .occupied(place.path, by: other)
            }
            return try adoptable(target, at: site)
        }
        guard site.kind == recorded.kind else { return Observation(.foreign) }
        return try observation(of: site, recorded.kind, like: record.spec, for: target)
    }

    /// Nil while it is not known.
    private static func path(of target: Target) throws(EngineError) -> String? {
        guard let desired = target.desired ?? target.unanswered?.desired else { return nil }
        return try HostSpec(desired).path
    }

    /// What a crashed step left under its temporary name is its own, and nobody else's.
    func discardLeftover(of step: Step, in folder: Descriptor) {
        let name = key.temporaryName(step.intent, step.id)
        if unlinkat(folder.number, name, 0) != 0, errno == EISDIR {
            unlinkat(folder.number, name, AT_REMOVEDIR)
        }
    }

    /// What exists and has no record: foreign, unless it may be taken over.
    private func adoptable(_ target: Target, at site: Site) throws(EngineError) -> Observation {
        let place = site.place
        guard target.grants.mayAdopt, let desired = target.desired else { return Observation(.foreign) }
        switch target.adoption {
        case .no: return Observation(.foreign)
        case .importing(let path) where path != place.path:
            throw EngineError(
                .waitForChange, at: path, "can't be adopted as '\(place.path.escapedForDisplay)'",
                hint: "write 'adopt: true': what stands at the manifest's path is taken over")
        case .importing, .inPlace: break
        }
        let kind = try HostSpec(desired).kind
        guard site.kind == kind, let status = site.status else {
            throw EngineError(
                .waitForChange, at: place.path,
                "can't be adopted: it is \(site.kind?.noun ?? "something else"), not \(kind.noun)")
        }
        if kind == .file, status.st_nlink > 1 {
            throw EngineError(.waitForChange, at: place.path, "can't be adopted: it has other names")
        }
        if case .found(let mark) = mark(of: site), key.isForeign(mark, to: target.id) {
            throw EngineError(
                .waitForChange, at: place.path, "can't be adopted: another project made it",
                hint: "if nobody manages it any more, remove its extended attribute 'user.martlet'")
        }
        return try observation(of: site, kind, like: desired, for: target)
    }

    /// Equal to the record where nothing has changed, the very same value even.
    private func observation(
        of site: Site, _ kind: HostKind, like spec: Value, for target: Target
    ) throws(EngineError) -> Observation {
        guard let status = site.status else { return .absent }
        let base = target.recorded.flatMap { HostState($0.observation.state) }
        let holdsSecret =
            !(target.desired?.secrets.isEmpty ?? true) || !(target.recorded?.spec.secrets.isEmpty ?? true)
        let known = base.flatMap { $0.leavesDrift ? nil : $0.fingerprint } ?? .none
        let reading = try read(site, kind, status, textUnless: holdsSecret ? nil : known)
        let state = HostState(kind, status, reading.fingerprint, at: site.place.path)
        if let recorded = target.recorded?.observation, recorded.presence == .ours, state == base {
            return Observation(
                .ours, fields: recorded.fields, outputs: recorded.outputs, state: recorded.state,
                intent: recorded.intent)
        }
        var content = reading.text.map(Value.string) ?? reading.fingerprint.value
        if state.fingerprint == base?.fingerprint, base?.leavesDrift == false,
            let known = target.recorded?.observation.content
        {
            content = known
        }
        return Observation(
            .ours, fields: state.fields(like: spec, content: content),
            outputs: state.outputs(sha256: holdsSecret ? nil : reading.sha256, target: reading.text),
            state: state.bytes, intent: target.recorded?.observation.intent)
    }
}

extension Target {
    /// Where replacements have left something that is not deleted yet.
    var leftPaths: Set<String> {
        Set(recorded?.deposed.compactMap { HostState($0.state)?.path } ?? [])
    }
}

extension Site {
    /// Throws only where it can't be told whether something is there.
    init(place: Place, looking folder: Descriptor) throws(EngineError) {
        let status = folder.status(of: place.name)
        let code = errno
        if status == nil, code != ENOENT { throw EngineError(cannot: "look at", place.path, code) }
        (self.place, self.folder, self.status) = (place, folder, status)
    }
}

extension Observation {
    var content: Value? { fields["config"]?["content"] }
}
