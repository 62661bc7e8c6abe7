package import Model
import Store

extension Picture {
    /// Where a resource stands now.
    package func state(of id: ResourceID, policy: Policy) -> ResourceState? {
        guard let node = nodes[id], node.manifest != nil || node.record != nil || node.unanswered != nil
        else {
            return nil
        }
        if node.isInFlight { return .progressing }
        if node.unanswered != nil { return .uncertain }
        if let held = node.held {
            if node.isSuspended { return .suspended }
            let isTriedAgain = held.error.recovery == .retry && node.attempts < policy.attemptsBeforeFailed
            return isTriedAgain ? .waiting : .failed
        }
        if let pending = node.pending {
            switch pending.restraint {
            case .warnOnly: return .drifted
            case .suspended: return .suspended
            case .ignored: return .ready
            case nil: return pending.isDeposed ? .progressing : .waiting
            }
        }
        guard let seen = node.seen, !dirty.contains(id), !stale.contains(id) else { return .unknown }
        switch seen.health {
        case .failed: return .failed
        case .progressing: return .progressing
        case .ready:
            return seen.presence == .ours ? .ready : .waiting
        }
    }

    /// Brings the counts of each source up to date for what was touched, and says where a commit stands by now.
    mutating func tally(policy: Policy, now: Int) {
        // Also one whose new commit touches no resource.
        var concerned = changedSources
        for id in touched {
            let state = state(of: id, policy: policy)
            let before = nodes[id]?.counted
            if let source = before?.source { concerned.insert(source) }
            if let node = nodes[id], let state, let source = node.source, let layer = node.layer {
                concerned.insert(source)
                recount(id, from: before, to: Node.Counted(source: source, layer: layer, state: state))
                if let other = before?.source, other != source {
                    sources[other]?.outstanding.remove(id)
                    sources[other]?.failed.remove(id)
                }
                if state.isSettled { sources[source]?.outstanding.remove(id) }
                if state == .failed || state == .uncertain {
                    sources[source]?.failed.insert(id)
                } else {
                    sources[source]?.failed.remove(id)
                }
            } else {
                recount(id, from: before, to: nil)
                concerned.formUnion(forgetOutstanding(id))
            }
        }
        touched = []
        for source in concerned { judge(source, now: now) }
    }

    mutating func recount(_ id: ResourceID, from before: Node.Counted?, to after: Node.Counted?) {
        guard before != after else { return }
        if let before {
            sources[before.source]?.tally[before.layer, default: [:]][before.state, default: 0] -= 1
        }
        if let after { sources[after.source]?.tally[after.layer, default: [:]][after.state, default: 0] += 1 }
        nodes[id]?.counted = after
    }

    /// What is gone holds up no commit; the sources that waited for it.
    private mutating func forgetOutstanding(_ id: ResourceID) -> [String] {
        sources.keys.filter { name in
            let wasOutstanding = sources[name]?.outstanding.remove(id) != nil
            return sources[name]?.failed.remove(id) != nil || wasOutstanding
        }
    }

    /// A new commit stands: nothing of it has been ready yet that is not as it was.
    mutating func begin(_ load: Load, removed: Set<ResourceID>, now: Int) {
        guard sources[load.source] != nil else { return }
        let before = sources[load.source]?.record
        let isNew = before?.commit != load.commit.id
        if load.isWhole {
            sources[load.source]?.isLoaded = true
            sources[load.source]?.outstanding = idsBySource[load.source]
            touched.formUnion(idsBySource[load.source])
        } else {
            let gone = removed.filter { (nodes[$0]?.source ?? load.source) == load.source }
            for id in load.manifests.keys { sources[load.source]?.outstanding.insert(id) }
            sources[load.source]?.outstanding.formUnion(gone)
            touched.formUnion(load.manifests.keys)
            touched.formUnion(gone)
        }
        if isNew, before?.state == .pending, let before {
            happenings.append(.commit(load.source, before, .overtaken))
        }
        var record = SourceRecord(name: load.source, load.commit, at: now)
        if !isNew, let before { record = before }
        (record.refusedCommit, record.refusedSummary, record.refusedAt) = (nil, nil, nil)
        record.problems = []
        if isNew {
            (record.toldDeletes, record.toldReview) = (before?.toldDeletes, before?.toldReview)
            record.lastConverged = before?.state == .converged ? before?.commit : before?.lastConverged
            withdrawWords(on: load, removed: removed)
            happenings.append(.commit(load.source, record, .pending))
            if load.commit.isForced {
                record.trusted = before?.base
                happenings.append(.forced(load.source, load.commit))
            }
        }
        sources[load.source]?.record = record
        if isNew { merge(load) }
        changedSources.insert(load.source)
    }

    /// The source stays whole at its last good commit.
    mutating func refuse(_ load: Load, _ problems: [Diagnostic], now: Int) {
        guard let before = sources[load.source]?.record else {
            var record = SourceRecord(name: load.source, load.commit, at: now)
            (record.commit, record.state) = ("", .failed)
            record.refuse(load.commit, problems, at: now)
            sources[load.source]?.record = record
            changedSources.insert(load.source)
            happenings.append(.refused(load.source, load.commit, problems))
            return
        }
        guard before.refusedCommit != load.commit.id || before.problems != problems else { return }
        sources[load.source]?.record?.refuse(load.commit, problems, at: now)
        changedSources.insert(load.source)
        happenings.append(.refused(load.source, load.commit, problems))
    }

    /// A source that was to be taken away is gone with the last of what it made.
    mutating func endDestroyed() {
        for (name, source) in sources where source.isDestroyed && source.recordedCount == 0 {
            sources[name] = nil
            changedSources.insert(name)
        }
    }

    /// What a source's record keeps of what was told.
    mutating func setTold(
        _ matter: String?, _ told: WritableKeyPath<SourceRecord, String?>, of source: String
    ) {
        guard let record = sources[source]?.record, record[keyPath: told] != matter else { return }
        sources[source]?.record?[keyPath: told] = matter
        changedSources.insert(source)
    }

    /// A person has agreed to another history.
    mutating func trust(_ source: String) {
        guard sources[source]?.record?.trusted != nil else { return }
        sources[source]?.record?.trusted = nil
        countReviews(of: source)
        changedSources.insert(source)
    }

    /// What a person allowed was of the commit before. What was half replaced may still be made as it was to be.
    private mutating func withdrawWords(on load: Load, removed: Set<ResourceID>) {
        for (subject, said) in decisions {
            guard let id = ResourceID(subject),
                nodes[id]?.source == load.source || removed.contains(id)
                    || said[.confirmDeletes]?.value == load.source
            else { continue }
            withdraw(.confirmDeletes, subject)
            let isHalf = said[.approve].flatMap { ReviewedChange(id, text: $0.value) }?.isRemaking ?? false
            if !isHalf || load.commit.isForced || removed.contains(id) { withdraw(.approve, subject) }
        }
    }

    private mutating func judge(_ name: String, now: Int) {
        guard let source = sources[name], source.isLoaded, var record = source.record, !record.commit.isEmpty
        else {
            return
        }
        let state: CommitState =
            source.outstanding.isEmpty
            ? .converged : source.failed.isDisjoint(with: source.outstanding) ? .pending : .failed
        // What happens after convergence is drift or health, not the commit's; another try unsays no failure.
        guard state != record.state, record.state != .converged, state != .pending else { return }
        (record.state, record.stateSince) = (state, now)
        if state == .converged {
            (record.convergedAt, record.lastConverged) = (now, record.commit)
        }
        sources[name]?.record = record
        changedSources.insert(name)
        happenings.append(.commit(name, record, state))
        if state == .converged { endReviews(of: name) }
    }
}

extension SourceRecord {
    /// What a newer commit must contain not to be another history; nil before the first.
    var base: String? {
        let base = trusted ?? commit
        return base.isEmpty ? nil : base
    }

    init(name: String, _ commit: Revision, at now: Int) {
        self.init(
            name, repository: "", commit: commit.id, summary: commit.summary, author: commit.author,
            loadedAt: now,
            pushedAt: commit.time > 0 ? commit.time * 1000 : nil, stateSince: now)
    }

    fileprivate mutating func refuse(_ commit: Revision, _ problems: [Diagnostic], at now: Int) {
        (refusedCommit, refusedSummary, refusedAt) = (commit.id, commit.summary, now)
        self.problems = problems
    }
}
