import Model
import Reconcile

extension Announcement {
    /// One resource of an event; of a change only what concerns it as drift, or all of it.
    func resource(
        _ id: ResourceID, _ state: WebhookEvent.Resource.State, _ change: Change?, reason: String? = nil,
        isHeld: Bool = false
    ) -> WebhookEvent.Resource {
        var fields: [WebhookEvent.Resource.Field]?
        if let change, change.action == .update || change.action == .replace {
            let shown =
                state == .drifted
                ? change.fields.filter { $0.cause == .drift || $0.cause == .both } : change.fields
            fields = shown.prefix(50).flatMap { FieldReport.fields(of: $0) }.filter {
                !id.saysAlready($0.path)
            }.map {
                .init(path: id.shortPath($0.path), before: $0.shownBefore, after: $0.shownAfter)
            }
        }
        return WebhookEvent.Resource(
            id: id.description.safeForDisplay, layer: picture.nodes[id]?.layer ?? .provision, state: state,
            reason: reason, held: isHeld, fields: fields)
    }

    /// The summary, and for a commit whom it is about.
    func finish(
        _ details: inout WebhookEvent.Details, _ kind: WebhookEvent.Kind, _ concerned: inout Set<ResourceID>
    ) {
        let source = details.source
        switch kind {
        case .commitPending:
            let pending = pendingChanges(of: source)
            concerned.formUnion(pending)
            details.summary = planned(in: source)
            details.resources = pending.prefix(WebhookEvent.maxResources).map { id in
                resource(
                    id, picture.nodes[id]?.isInFlight == true ? .progressing : .waiting,
                    picture.nodes[id]?.pending?.change)
            }
        case .commitConverged:
            let ids = changed[source, default: []].filter { picture.nodes[$0]?.state == .ready }
            concerned.formUnion(changed[source, default: []])
            details.summary = converged(in: source)
            details.resources = ids.sorted().prefix(WebhookEvent.maxResources).map {
                resource($0, .ready, nil)
            }
        case .commitFailed:
            let view = SourceView(picture, source, now: now)
            let held = view.held().sorted { $0.kind.isFailure && !$1.kind.isFailure }
            concerned.formUnion(held.map(\.id))
            details.summary = summary(of: source)
            details.resources = held.map { $0.told(in: view.project) }
            details.hint = held.compactMap(\.hint).first
        case .driftFound, .driftCorrected:
            let count = details.resources.count
            details.resources.sort { $0.id < $1.id }
            details.summary =
                kind == .driftFound
                ? "\(count) drifted, \(ready(in: source)) in sync"
                : "\(count) corrected, \(summary(of: source))"
        case .suspensionEnded:
            let count = details.resources.count
            if count == 1, details.summary.isEmpty, let only = details.resources.first {
                let name = ResourceID(only.id)?.named(in: picture.project(of: source)) ?? only.id
                details.summary = "\(name): \(only.reason ?? "")"
            } else if details.summary.isEmpty {
                details.summary = "\(count) suspensions are over"
            }
        case .sourceRefused, .waiting, .mended, .test: break
        }
    }

    /// A resource that is nobody's exception any more, as it now is.
    func resumed(_ id: ResourceID, reason: String) -> WebhookEvent.Resource {
        let node = picture.nodes[id]
        let state: WebhookEvent.Resource.State =
            switch node?.state {
            case .ready: .ready
            case .progressing: .progressing
            case .failed: .failed
            case .drifted: .drifted
            case .waiting, .suspended, .uncertain, .unknown, nil: .waiting
            }
        let isHeld = node?.isInFlight != true && (node?.pending?.restraint != nil || node?.held != nil)
        return resource(id, state, node?.pending?.change, reason: reason, isHeld: isHeld)
    }

    /// What is to be done, as far as nothing but its turn holds it back.
    private func pendingChanges(of source: String) -> [ResourceID] {
        picture.changes.filter {
            picture.nodes[$0]?.source == source && picture.nodes[$0]?.pending?.restraint == nil
        }.sorted()
    }
    /// `1 to create, 2 to change`
    func planned(in source: String) -> String {
        ChangeCounts(pendingChanges(of: source).compactMap { picture.nodes[$0]?.pending?.change }).words
    }
    /// `4 changed, 1 drifted, 95 in sync`
    func converged(in source: String) -> String {
        let changed = changed[source, default: []]
        return summary(
            of: source, changed: changed.count,
            ready: changed.count { picture.nodes[$0]?.state == .ready })
    }

    private func count(_ source: String, _ states: [ResourceState]) -> Int {
        (picture.sources[source]?.tally ?? [:]).values.reduce(0) { sum, tally in
            states.reduce(sum) { $0 + (tally[$1] ?? 0) }
        }
    }
    private func ready(in source: String) -> Int { count(source, [.ready]) }

    /// `4 changed, 1 drifted, 95 in sync`; `1 failed, 1 waits, 17 ready`
    /// - Parameter ready: how many of those that changed are ready now; what was deleted, or drifts, is not.
    func summary(of source: String, changed: Int? = nil, ready changedAndReady: Int = 0) -> String {
        let waiting = count(source, [.waiting])
        let counts = [
            (changed ?? 0, "changed"), (count(source, [.failed]), "failed"),
            (count(source, [.uncertain]), "uncertain"), (waiting, agreeing(waiting, "waits", "wait")),
            (count(source, [.progressing, .unknown]), "in progress"),
            (count(source, [.drifted]), "drifted"), (count(source, [.suspended]), "suspended"),
        ]
        let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        guard changed != nil else { return (parts + ["\(ready(in: source)) ready"]).joined(separator: ", ") }
        return (parts + ["\(max(0, ready(in: source) - changedAndReady)) in sync"]).joined(separator: ", ")
    }
}

extension HeldResource.Kind {
    var isFailure: Bool { self == .failed || self == .uncertain || self == .unobserved }
}

extension HeldResource {
    fileprivate func told(in project: String) -> WebhookEvent.Resource {
        var isTriedAgain = false
        if case .time = until, kind != .suspended { isTriedAgain = true }
        let words = reasonLines(in: project).joined(separator: " ")
        return WebhookEvent.Resource(
            id: id.description.safeForDisplay, layer: layer, state: kind.isFailure ? .failed : .waiting,
            reason: words.isEmpty ? nil : words, held: !isTriedAgain)
    }
}

extension ChangeCounts {
    fileprivate init(_ changes: [Change]) {
        self.init()
        for change in changes {
            switch change.action {
            case .create: create += 1
            case .update: self.change += 1
            case .replace: replace += 1
            case .delete: delete += 1
            }
        }
    }
}

extension FieldReport {
    /// On one line and at most 200 columns, as history and webhooks have it.
    var shownBefore: String { before?.inline.shortened(to: 200) ?? "" }
    var shownAfter: String {
        let after = after?.inline.shortened(to: 200) ?? ""
        return isMultiline && before != nil && self.after != nil ? "\(after), \(diff.words)" : after
    }
}
