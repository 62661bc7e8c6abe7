import CHost
import Glibc
import Model

extension HostEngine {
    enum Mark {
        case found([UInt8])
        case none
        /// The file system has none, or it may not be read.
        case unsupported
    }

    func mark(of site: Site) -> Mark {
        guard let kind = site.kind, kind != .symlink,
            let file = site.folder.open(
                site.place.name, O_RDONLY | O_NONBLOCK | (kind == .directory ? O_DIRECTORY : 0))
        else { return .unsupported }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = chost_get_mark(file.number, &bytes, bytes.count)
        if count >= 0 { return .found(Array(bytes[..<count])) }
        return errno == ENODATA ? .none : .unsupported
    }

    /// What a step made whose answer was lost; nil where what stands there is not its work. It is described as it
    /// was made: whatever came after is drift.
    func settle(_ step: Step, at site: Site) throws(EngineError) -> Observation? {
        guard step.verb != .delete, let desired = step.desired else { return nil }
        let spec = try HostSpec(desired)
        guard spec.path == site.place.path, spec.kind == site.kind else { return nil }
        if spec.kind == .symlink {
            guard let target = site.folder.target(of: site.place.name), target == spec.target else {
                return nil
            }
            return try made(spec, step, key.fingerprint(text: target))
        }
        switch mark(of: site) {
        case .found(let mark):
            guard let made = key.fingerprint(in: mark, of: step.intent, step.id) else { return nil }
            return try self.made(spec, step, made)
        case .none: return nil
        case .unsupported: return try settleUnmarked(step, spec, at: site)
        }
    }

    private func settleUnmarked(_ step: Step, _ spec: HostSpec, at site: Site) throws(EngineError)
        -> Observation?
    {
        guard let status = site.status, UInt16(truncatingIfNeeded: status.st_mode & 0o7777) == spec.mode
        else {
            return nil
        }
        guard spec.kind == .file else { return try made(spec, step, .none) }
        guard let text = spec.content.string else {
            if step.verb == .update { return nil }
            throw EngineError(
                .waitForChange, at: site.place.path,
                "exists, and its file system can't say whether a step that was cut off made it",
                hint: "look at it, then say 'martlet settle \(step.id) --made' or '--not-made'")
        }
        let wanted = key.fingerprint(text: text)
        let found = try read(site, .file, status, textUnless: nil).fingerprint
        return found == wanted ? try made(spec, step, wanted) : nil
    }

    private func made(_ spec: HostSpec, _ step: Step, _ fingerprint: Fingerprint) throws(EngineError)
        -> Observation
    {
        let numbers = try spec.owner?.numbers()
        let state = HostState(
            spec.kind, mode: spec.mode ?? 0, user: numbers?.user ?? geteuid(),
            group: numbers?.group ?? getegid(), fingerprint, at: spec.path ?? "")
        return made(spec, step, state, sha256: spec.content.string.map(\.sha256))
    }
    func made(_ spec: HostSpec, _ step: Step, _ state: HostState, sha256: String?) -> Observation {
        var state = state
        state.leavesDrift = !step.keeps.isEmpty
        return Observation(
            .ours, fields: state.fields(like: spec.value, content: spec.observedContent),
            outputs: state.outputs(sha256: sha256, target: spec.target), state: state.bytes,
            intent: step.intent)
    }
}

extension HostSpec {
    /// A file's content, or a symlink's target, as an observation right after says it.
    var observedContent: Value { target.map(Value.string) ?? content }
}
