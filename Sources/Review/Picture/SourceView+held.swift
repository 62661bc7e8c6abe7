import Model
import Reconcile
import Store

extension SourceView {
    /// What nothing is done about. Deletes above the budget are in `deletes`, drift that is left is in `drift`.
    func held() -> [HeldResource] {
        let approval = approvalHint
        return notable.compactMap { held($0, approval: approval) }
    }

    /// Asked of one resource; `approval` is found from the whole source, so once.
    func held(_ id: ResourceID, approval: String? = nil) -> HeldResource? {
        guard let node = picture.nodes[id], let layer = node.layer, !node.isInFlight else { return nil }
        if node.unanswered != nil { return uncertain(id, node, layer) }
        if let held = node.held {
            var resource = HeldResource(
                id, layer: layer, held.isBlind ? .unobserved : .failed, held.error.message,
                until: until(held.retryAt, else: .manifestChanges), hint: held.error.hint)
            resource.place = node.manifest.flatMap { manifest in
                held.error.field.flatMap { place(manifest, FieldPath([.key("spec")] + $0.components)) }
            }
            return resource
        }
        guard let pending = node.pending else { return unhealthy(id, node, layer) }
        guard case .suspended(let reason, let until)? = pending.restraint else {
            return pending.restraint == nil && stuck.contains(id)
                ? waiting(id, layer, approval: approval) : nil
        }
        if pending.change.isDriftOnly { return nil }
        return HeldResource(
            id, layer: layer, .suspended, reason,
            until: until.map { .time(Timestamp(seconds: $0)) } ?? .personSays, hint: resumeHint(of: id))
    }

    private func uncertain(_ id: ResourceID, _ node: Node, _ layer: Layer) -> HeldResource {
        let verb = node.unanswered?.verb.rawValue ?? "step"
        let short = id.named(in: project)
        let (retryAt, words) = (node.held?.retryAt, node.held?.error.hint)
        return HeldResource(
            id, layer: layer, .uncertain, node.held?.error.message ?? "the answer to its \(verb) was lost",
            until: until(retryAt, else: .personSays),
            hint: retryAt == nil
                ? words.flatMap { $0 == id.settleHint ? nil : $0 }
                    ?? "look for it, then 'martlet settle \(short) --made' or '--not-made'" : nil)
    }
    private func unhealthy(_ id: ResourceID, _ node: Node, _ layer: Layer) -> HeldResource? {
        guard case .failed(let message)? = node.seen?.health else { return nil }
        return HeldResource(id, layer: layer, .failed, message, until: .othersMove)
    }

    private func waiting(_ id: ResourceID, _ layer: Layer, approval: String?) -> HeldResource? {
        let blockers = picture.blockers(of: id)
        if blockers.contains(.deleteBudget(source: name)) { return nil }
        if blockers.contains(.review(source: name)) {
            let words = ReviewReport.Change(id, in: picture).map { ": " + $0.words }
            return HeldResource(
                id, layer: layer, .unconfirmed, "waits for a review" + (words ?? ""), until: .personSays,
                hint: approval)
        }
        let others = blockers.compactMap(\.other)
        guard !others.isEmpty else { return nil }
        let reasons = Set(blockers.map(\.words))
        return HeldResource(
            id, layer: layer, .waiting, reasons.count == 1 ? reasons.first ?? "" : "", until: .othersMove,
            waitsFor: others)
    }

    private func until(_ retryAt: Int?, else other: HeldResource.Until) -> HeldResource.Until {
        retryAt.map { .time(Timestamp(milliseconds: $0)) } ?? other
    }
    var approvalHint: String? {
        guard state?.needsReview == true, !picture.changes.isEmpty else { return nil }
        return "approve all of it with 'martlet approve \(picture.shortPlanDigest(of: name))'"
    }

    /// Whoever suspended it can end that: the manifest, or a person.
    func resumeHint(of id: ResourceID) -> String? {
        let manifest = picture.nodes[id]?.manifest
        if let suspend = manifest?.options.suspend, suspend.until.map({ $0 * 1000 > now }) ?? true {
            return "end it by taking 'suspend' out of its manifest"
        }
        if let subject = manifest?.id, picture.decisions[subject.description]?[.suspend] != nil {
            return "end it with 'martlet resume \(subject.named(in: project))'"
        }
        return picture.decisions[name]?[.suspend] == nil ? nil : "end it with 'martlet resume \(name)'"
    }

    /// Why it is as it is, on one line; nil where its state says it all.
    func words(about id: ResourceID) -> String? {
        if let held = held(id) { return held.reasonLines(in: project).first }
        guard let node = picture.nodes[id] else { return nil }
        if let pending = node.pending {
            switch pending.restraint {
            case .warnOnly: return "left as it is (onDrift: warn)"
            case .ignored: return "left as it is (onDrift: ignore)"
            case .suspended(let reason, _): return "suspended: \(reason)".safeForDisplay
            case nil: break
            }
            let others = picture.blockers(of: id).compactMap { $0.other?.named(in: project) }
            if !others.isEmpty { return "waits for \(listed(others))" }
        }
        return node.seen?.message?.safeLines(atMost: 1).first
    }
}

extension Observation {
    /// What the engine says of its health, or warns of.
    var message: String? {
        switch health {
        case .failed(let text), .progressing(let text): text.isEmpty ? warning : text
        case .ready: warning
        }
    }
}

extension Blocker {
    fileprivate var words: String {
        switch self {
        case .dependency(_, let mustBeReady): mustBeReady ? "dependsOn" : "reference"
        case .user: "it still uses this one"
        case .place: "it can't give up its place yet"
        case .unknown(let reference): "'\(reference)' is not known yet"
        case .restraint, .deleteBudget, .review: ""
        }
    }
}
