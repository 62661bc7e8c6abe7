import Model
import Store

/// Where secrets are read from, and what was last seen there.
struct SecretPlaces: Sendable {
    struct Place: Sendable {
        var engine: String
        var observation: Observation
    }
    var places: [ResourceID: Place] = [:]

    func read(
        _ handle: SecretHandle, _ engines: [String: any Engine], lease: Lease?
    ) async throws(EngineError) -> SecretValue {
        guard let place = places[handle.source], let engine = engines[place.engine] as? any SecretEngine
        else {
            throw EngineError(.waitForChange, "\(handle.source) has no secret")
        }
        return try await engine.read(handle, of: place.observation, lease: lease)
    }
}

extension Picture {
    func secretPlaces(of desired: Value?) -> SecretPlaces {
        var places = SecretPlaces()
        for handle in desired?.secrets ?? [] {
            guard let node = nodes[handle.source], let engine = node.engine,
                let observation = node.seen ?? node.record?.observation
            else { continue }
            places.places[handle.source] = SecretPlaces.Place(engine: engine, observation: observation)
        }
        return places
    }

    /// Of steps that made nothing: at once. Superseded: once the successor is ready and no deposed object is left,
    /// because until then old instances may still run, or come back by an automatic revert.
    func unused(_ leases: Set<Lease>, of id: ResourceID) -> [Lease] {
        guard let node = nodes[id], let record = node.record else { return Array(leases) }
        let made = leases.filter { $0.intent <= record.intent }
        let isSettled =
            node.seen?.health == .ready && record.deposed.isEmpty && node.pending == nil && node.held == nil
        let used = Set(
            record.spec.secrets.compactMap { handle in
                made.filter { $0.handle.source == handle.source && $0.handle.output == handle.output }
                    .max { $0.intent < $1.intent }
            })
        let deposed = Set(record.deposed.compactMap(\.intent))
        return leases.filter {
            $0.intent > record.intent ? !deposed.contains($0.intent) : isSettled && !used.contains($0)
        }
    }
}

extension Reconciler {
    /// A step's access to values: a lease is journaled before it is asked for, so that a crash can't lose it.
    func secrets(for step: Step) -> SecretSource {
        let (journal, engines, places) = (journal, engines, picture.secretPlaces(of: step.desired))
        return SecretSource { handle throws(EngineError) in
            guard handle.isLeased else { return try await places.read(handle, engines, lease: nil) }
            let engine = places.places[handle.source]?.engine ?? ""
            let lease = Lease(engine: engine, handle: handle, consumer: step.id, intent: step.intent)
            do { try await journal.append([.lease(lease)]) } catch {
                throw EngineError(.retry, "the journal refused a lease")
            }
            return try await places.read(handle, engines, lease: lease)
        }
    }

    /// Ends the leases that nobody uses any more. Those of a name that is just given up have their new consumer with the
    /// end of the pass, and so are looked at in the next.
    mutating func releaseLeases() async throws {
        guard !picture.toRelease.isEmpty, !isMoving else { return }
        let held = await journal.leases(of: picture.toRelease)
        picture.toRelease = []
        for (id, leases) in held {
            guard picture.nodes[id]?.unanswered == nil else {
                picture.toRelease.insert(id)
                continue
            }
            for lease in picture.unused(leases, of: id) {
                guard let engine = engines[lease.engine] as? any SecretEngine else { continue }
                try await journal.check()
                do throws(EngineError) { try await engine.revoke(lease) } catch {
                    picture.toRelease.insert(id)
                    continue
                }
                try await journal.append([.revoked(lease)])
            }
        }
    }
}
