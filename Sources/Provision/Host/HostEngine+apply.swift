import Glibc
package import Model

extension HostEngine {
    package func apply(_ step: Step, secrets: SecretSource) async -> Outcome {
        do throws(EngineError) {
            guard step.verb != .delete else {
                return await onQueue { attempt { () throws(EngineError) in try remove(step) } }
            }
            guard let desired = step.desired, desired.isKnown else {
                throw EngineError(.retry, "\(step.id) is not wholly known yet")
            }
            let spec = try HostSpec(desired)
            let content = try await FileContent(spec.content, secrets)
            return await onQueue {
                attempt { () throws(EngineError) in try make(step, spec, content) }
            }
        } catch {
            return .failed(error)
        }
    }
    private func attempt(_ work: () throws(EngineError) -> Outcome) -> Outcome {
        do throws(EngineError) { return try work() } catch { return .failed(error) }
    }

    private func make(_ step: Step, _ spec: HostSpec, _ content: FileContent) throws(EngineError) -> Outcome {
        guard case (let place?, let numbers) = try permitted(spec, step.grants) else {
            throw EngineError(.retry, "the path is not known yet")
        }
        var walk = Walk()
        guard let folder = try walk.open(place.folder) else { throw Self.missingFolder(of: place) }
        watcher.watch(step.id, place, &walk, isOurs: true)
        if let left = step.deposes.flatMap({ HostState($0.state) }) {
            watcher.note(step.id, leaves: [left.path])
        }
        discardLeftover(of: step, in: folder)
        let site = try Site(place: place, looking: folder)
        if step.verb == .create {
            if site.status != nil {
                guard let made = try settle(step, at: site) else {
                    watcher.announce(step.id)
                    throw .notOurs(place.path)
                }
                return .done(made)
            }
        } else {
            try checkOurs(step, spec, site)
        }
        let draft = Draft(key: key, step: step, spec: spec, numbers: numbers, site: site)
        let state = try draft.make(content, isNew: step.verb == .create)
        let made = made(spec, step, state, sha256: spec.content.string.map(\.sha256))
        if let error = folder.sync(place) { return .partly(made, error) }
        return .done(made)
    }

    private static func missingFolder(of place: Place) -> EngineError {
        let (parent, _) = place.path.splitAtLastSlash
        return EngineError(
            .retry, "cannot make '\(place.path.escapedForDisplay)': its folder is missing",
            hint:
                "declare '\(parent.escapedForDisplay)' as a directory, and build the path from its output 'path'"
        )
    }

    /// An update changes only what was observed: the same path, the same kind of thing.
    private func checkOurs(_ step: Step, _ spec: HostSpec, _ site: Site) throws(EngineError) {
        let path = site.place.path
        guard let state = HostState(step.observation.state), state.path.utf8.elementsEqual(path.utf8) else {
            throw EngineError(.retry, at: path, "is not what was observed")
        }
        if step.adopts, !step.grants.mayAdopt {
            throw EngineError(.waitForChange, at: path, "may not be adopted by this source")
        }
        guard let kind = site.kind else {
            watcher.announce(step.id)
            throw EngineError(.retry, at: path, "is gone since it was observed")
        }
        guard kind == spec.kind, kind == state.kind else {
            watcher.announce(step.id)
            throw EngineError(
                .waitForChange, at: path, "is \(kind.noun) by now, and \(state.kind.noun) was recorded",
                hint: "move it away, and Martlet makes its own again")
        }
    }

    private func remove(_ step: Step) throws(EngineError) -> Outcome {
        guard let state = HostState(step.observation.state) else {
            throw EngineError(.waitForChange, "\(step.id) was recorded without its path")
        }
        let place = try roots.place(state.path, step.grants)
        var walk = Walk()
        guard let folder = try walk.open(place.folder) else { return .done(.absent) }
        let site = try Site(place: place, looking: folder)
        if site.status != nil, !watcher.isTaken(place, from: step.id) {
            guard site.kind == state.kind else {
                throw EngineError(
                    .waitForChange, at: place.path,
                    "is \(site.kind?.noun ?? "something else") by now, and \(state.kind.noun) was recorded",
                    hint: "Martlet leaves it alone: say 'martlet forget \(step.id)'")
            }
            try unlink(state.kind, place, folder)
        }
        watcher.unwatch(step.id, place)
        if let error = folder.sync(place) { return .partly(.absent, error) }
        return .done(.absent)
    }

    private func unlink(_ kind: HostKind, _ place: Place, _ folder: Descriptor) throws(EngineError) {
        guard unlinkat(folder.number, place.name, kind == .directory ? AT_REMOVEDIR : 0) != 0 else { return }
        switch errno {
        case ENOENT: return
        case ENOTEMPTY, EEXIST:
            throw EngineError(
                .retry, at: place.path, "is not empty",
                hint: "move away what is in it, or write 'reconcile: {onRemove: forget}' before removing it")
        case let code: throw EngineError(cannot: "remove", place.path, code)
        }
    }
}

extension Descriptor {
    /// Makes new names in a folder last. A folder that may not be read can't be synced, and is left.
    fileprivate func sync(_ place: Place) -> EngineError? {
        guard let readable = open(".", O_RDONLY | O_DIRECTORY), fsync(readable.number) != 0, errno != EINVAL
        else { return nil }
        return EngineError(cannot: "sync the folder of", place.path, errno)
    }
}
