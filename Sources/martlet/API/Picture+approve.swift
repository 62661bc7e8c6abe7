import Model
import Reconcile
import Review
import Store

extension Picture {
    /// A person's word for all plans of a digest, or of its first 12 digits or more: those that requests were shown to
    /// make, and those that wait now.
    /// - Parameters:
    ///   - source: the only one that is meant, if one is.
    ///   - request: the address of the only request that is meant, if one is.
    ///   - id: the forge's own for that person, where they say it there.
    ///   - now: milliseconds since 1970.
    func approve(
        _ text: String, of source: String?, in request: String? = nil, by person: String, id: String = "",
        _ way: PlanApproval.Way, now: Int
    ) throws -> (requests: [Request], answer: Answer) {
        let (digest, shown, sources) = try plans(of: text, source, request) { shown, waiting in
            try check(person, id, way, shown, waiting)
        }
        let approvals = sources.map { source in
            var approval = PlanApproval(
                source: source, digest: digest, by: person, way: way, at: now,
                requests: Set(shown.filter { $0.source == source }.map(\.request)))
            approval.userID = id
            return approval
        }
        let names = sources.map { "'\($0)'" }.joined(separator: ", ")
        let what = sources.count == 1 ? "source" : "sources"
        return (
            approvals.map(Request.approve),
            Answer(message: "plan '\(digest.prefix(12))' of \(what) \(names) is approved")
        )
    }

    /// The whole digest, what was shown of it, and whose plans have it.
    private func plans(
        of text: String, _ source: String?, _ request: String?,
        check: (_ shown: [ShownPreview], _ waiting: [String]) throws -> Void
    ) throws -> (digest: String, shown: [ShownPreview], sources: [String]) {
        if let source { _ = try self.source(named: source) }
        let text = text.lowercased()
        guard text.count >= 12, text.count <= 64, text.allSatisfy(\.isHexDigit) else {
            throw OperationError(
                400, "'\(text.escapedForDisplay)' is no digest",
                hint: "write at least its first 12 hex digits")
        }
        let names = source.map { [$0] } ?? sources.keys.sorted()
        let shown = names.flatMap { name in
            (previews[name] ?? [:]).values.filter {
                $0.plan.digest.hasPrefix(text) && (request == nil || $0.request == request)
            }
        }
        let waiting = names.filter { name in
            let ids = awaitingReview(of: name)
            guard !ids.isEmpty, planDigest(of: name).hasPrefix(text) else { return false }
            guard let request else { return true }
            // A word on a merged request is for what it changed, and for nothing else that waits.
            guard let preview = previews[name]?[request], preview.isMerged else { return false }
            return Set(ids).isSubset(of: preview.plan.changes.map(\.id))
        }
        let digests = Set(shown.map(\.plan.digest) + waiting.map { planDigest(of: $0) })
        guard let digest = digests.first else {
            if let source { _ = try checkApproval(text, of: source) }
            throw OperationError(
                409, "no plan that is shown or waits has the digest '\(text)'",
                hint: "see them with 'martlet reviews'")
        }
        guard digests.count == 1 else {
            throw OperationError(
                409, "'\(text)' begins the digests of \(digests.count) plans",
                hint: "write more of its digits")
        }
        try check(shown, waiting)
        return (digest, shown, Set(shown.map(\.source) + waiting).sorted())
    }

    /// Nobody approves what they ask for themselves. What waits is released by an operator's command, whoever that is;
    /// in a comment, by nobody who asked for any of it.
    private func check(
        _ person: String, _ id: String, _ way: PlanApproval.Way, _ shown: [ShownPreview], _ waiting: [String]
    ) throws {
        let own = shown.filter { $0.isAsked(by: person, id: id, way) }
        let isOwn = own.count == shown.count && !shown.isEmpty && (way == .comment || waiting.isEmpty)
        let asksForIt = waiting.contains { isAsking(person, id: id, ofWhatWaitsIn: $0) }
        guard isOwn || way == .comment && asksForIt else { return }
        throw OperationError(
            403, "'\(person.escapedForDisplay)' asks for this change, and so can't approve it",
            hint: "somebody else who may write to the repository has to")
    }
}
