import Logging
import Review
import Store

/// What people ask for in comments. Whoever may do nothing here gets a word of refusal, and nothing else happens.
extension RequestWatch {
    /// Of a request that was not known before, comments of this age were meant for nobody; milliseconds.
    private static let oldestCommand = 3_600_000
    /// Forges count seconds: what comes after in the same one leaves the stamp as it is.
    private static let stampResolution = 3_000

    /// Heeds what is new, and mends our own comment where somebody has changed or deleted it.
    /// - Parameter isHinted: also where the forge's stamp of it is as it was.
    func readComments(on request: ChangeRequest, isHinted: Bool) async throws(ForgeFailure) {
        guard let known = previews[request.number], known.state != .fork,
            isHinted || known.stamp != request.stamp
        else { return }
        let comments = try await forge.comments(on: request.number, courier)
        let own = try await forge.ownComment(
            in: comments, controller: surroundings.controller, repository: surroundings.repository, courier)
        let oldest = known.seen - Self.oldestCommand
        // One that says something else than it was told to is nothing that an approval could be of.
        let shown = own.flatMap { isAsTold($0, known) ? $0 : nil }
        for comment in comments where comment.id > previews[request.number]?.lastComment ?? .max {
            guard comment.id != own?.id, comment.created >= oldest,
                let command = CommentCommand(comment.text),
                !isForAnother(command, comments, own)
            else {
                continue
            }
            try await heed(command, comment, shown, request)
        }
        guard var preview = previews[request.number] else { return }
        let isSettled = request.updated.map { surroundings.now() - $0 > Self.stampResolution } ?? true
        preview.stamp = isSettled ? request.stamp : ""
        preview.lastComment = max(preview.lastComment, comments.last?.id ?? 0)
        let again = mended(own, preview)
        guard preview != previews[request.number] || again != nil else { return }
        keep(withReport(preview), [again].compactMap(\.self))
    }

    /// Whether a digest is named that another controller shows beside this request: its own word is enough.
    private func isForAnother(
        _ command: CommentCommand, _ comments: [ForgeComment], _ own: ForgeComment?
    ) -> Bool {
        guard case .approve(let digest?) = command else { return false }
        return own.map { !forge.shows(digest: digest, in: $0) } ?? true
            && comments.contains { $0.id != own?.id && forge.shows(digest: digest, in: $0) }
    }

    private func heed(
        _ command: CommentCommand, _ comment: ForgeComment, _ own: ForgeComment?, _ request: ChangeRequest
    ) async throws(ForgeFailure) {
        let isAuthor = comment.author.id == request.author.id
        let mayWrite = try await forge.mayWrite(comment.author, courier)
        // What was asked is done before it is noted as heard, and twice does no harm.
        guard var preview = previews[request.number].map(withReport) else { return }
        var word = CommentReaction.Word.done
        switch command {
        case _ where !mayWrite && !isAuthor: word = .refused
        case .help: preview.note = CommentWords.help
        case .unknown(let what):
            word = .notUnderstood
            preview.note = CommentWords.notUnderstood(what, by: comment.author.name)
        case .plan:
            word = .seen
            (preview.state, preview.note) = (.waiting, "")
            stopRun(request.number)
            enqueue(request.number)
        case .approve(let digest):
            let plans =
                digest.map { given in preview.plans.filter { $0.value.hasPrefix(given) } } ?? preview.plans
            var cause = objection(comment, preview, plans, isAuthor: isAuthor, mayWrite: mayWrite)
            if cause == nil, digest?.utf8.count != 64, !isSeen(plans, in: own, by: comment) {
                cause = "this comment was changed meanwhile: look again, and say it again"
            }
            if cause == nil { cause = await surroundings.approve(preview, plans, comment.author) }
            if cause != nil { word = .refused }
            preview.note =
                cause.map { CommentWords.notApproved(by: comment.author.name, $0) }
                ?? CommentWords.approved(by: comment.author.name, Set(plans.values).sorted())
        }
        let reaction = CommentReaction(request: request.number, comment: comment.id, word: word)
        let isSaid = preview.note != previews[request.number]?.note
        preview.lastComment = comment.id
        keep(
            preview,
            [message(.reaction(reaction), key: nil), isSaid ? self.comment(preview) : nil].compactMap(\.self))
        logger.info(
            "comment heeded",
            metadata: [
                "request": "\(request.number)", "by": "\(comment.author.name)", "word": "\(word.rawValue)",
            ])
    }

    /// A request was merged, and what of it waits is let go by a word that names its digest. Answered by a reaction alone.
    func heedAfterMerge(_ request: ChangeRequest) async throws(ForgeFailure) {
        let last = heard[request.number]
        let comments = try await forge.comments(on: request.number, courier)
        let own = try await forge.ownComment(
            in: comments, controller: surroundings.controller, repository: surroundings.repository, courier)
        for comment in comments {
            // Of a request that was merged before this start, what was written since.
            guard last.map({ comment.id > $0 }) ?? (comment.created >= began) else { continue }
            guard case .approve(let digest)? = CommentCommand(comment.text),
                !isForAnother(.approve(digest), comments, own)
            else { continue }
            let mayWrite = try await forge.mayWrite(comment.author, courier)
            let isAuthor = comment.author.id == request.author.id
            var cause = objection(comment, isAuthor: isAuthor, mayWrite: mayWrite)
            if let digest, cause == nil {
                cause = await surroundings.release(request.url, digest, comment.author)
            }
            let isDone = digest != nil && cause == nil
            let reaction = CommentReaction(
                request: request.number, comment: comment.id,
                word: isDone ? .done : digest == nil ? .notUnderstood : .refused)
            heard[request.number] = comment.id
            guard let message = message(.reaction(reaction), key: nil) else { continue }
            keeping { () throws(StoreError) in try store.tell(message) }
            surroundings.told()
            logger.info(
                "comment on a merged request heeded",
                metadata: [
                    "request": "\(request.number)", "by": "\(comment.author.name)",
                    "word": "\(reaction.word.rawValue)", "cause": "\(cause ?? "none")",
                ])
        }
    }

    private func objection(_ comment: ForgeComment, isAuthor: Bool, mayWrite: Bool) -> String? {
        if isAuthor { return "it is the author's own request" }
        if comment.author.isBot { return "a program approves nothing" }
        if !mayWrite { return "they may not write to the repository" }
        return comment.isEdited ? "the comment was changed after it was written" : nil
    }

    /// Why an approval does not count, as far as that is seen here.
    private func objection(
        _ comment: ForgeComment, _ preview: StoredPreview, _ plans: [String: String], isAuthor: Bool,
        mayWrite: Bool
    ) -> String? {
        if let cause = objection(comment, isAuthor: isAuthor, mayWrite: mayWrite) { return cause }
        guard preview.state == .ready, !preview.plans.isEmpty else { return "there is no plan to approve" }
        return plans.isEmpty ? "the plan that stands here is another one" : nil
    }

    /// Whether somebody who wrote then had these plans before their eyes: by the forge's own clock. The first digits of a
    /// digest are not enough: two plans that share them are soon found.
    private func isSeen(_ plans: [String: String], in own: ForgeComment?, by comment: ForgeComment) -> Bool {
        guard let own, own.updated < comment.created else { return false }
        return plans.values.allSatisfy { own.text.contains($0) }
    }
}
