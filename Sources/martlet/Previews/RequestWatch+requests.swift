import Foundation
import Logging
import Model
import Review
import Store

/// What is open, as the forge tells of it.
extension RequestWatch {
    /// The list decides what is open: what it does not name was closed, unless the forge says of it alone that it is open.
    func lookAtAll(_ troubles: inout Int) async throws(ForgeFailure) {
        let open = try await forge.openRequests(courier).sorted { $0.number < $1.number }
        for request in open { await take(request) }
        let numbers = Set(open.map(\.number))
        for number in previews.keys.sorted() where !numbers.contains(number) {
            try await isolated(number, &troubles) { () async throws(ForgeFailure) in
                do throws(ForgeFailure) { await take(try await forge.changeRequest(number, courier)) } catch {
                    guard error.isMissing else { throw error }
                    await close(number, isMerged: false)
                }
            }
        }
        for request in open {
            try await isolated(request.number, &troubles) { () async throws(ForgeFailure) in
                do throws(ForgeFailure) { try await readComments(on: request, isHinted: false) } catch {
                    guard error.isMissing else { throw error }
                    logger.warning(
                        "comments can't be read",
                        metadata: ["request": "\(request.number)", "cause": "\(error.words)"])
                }
            }
        }
        forgetHeads()
        let oldest = surroundings.now() - surroundings.settings.retention.milliseconds
        keeping { () throws(StoreError) in
            try store.forgetPreviewReports(of: surroundings.repository, before: oldest)
        }
    }

    /// What was fetched of requests that are closed. Of those that were merged once the branch was fetched, too.
    private func forgetHeads() {
        for number in surroundings.kept() where previews[number] == nil {
            if leaving[number, default: 0] > 1 {
                surroundings.forget(number)
                leaving[number] = nil
            } else {
                leaving[number, default: 0] += 1
            }
        }
    }

    /// One request that can't be looked at is in nobody's way: it is tried again by itself. A forge that asks for a pause, or
    /// fails at several of them, is left alone.
    func isolated(
        _ number: Int, _ troubles: inout Int, _ look: () async throws(ForgeFailure) -> Void
    ) async throws(ForgeFailure) {
        do throws(ForgeFailure) {
            try await look()
            stumbles[number] = nil
        } catch {
            troubles += 1
            guard troubles < 3, error.sending.pause == nil, error.sending.retryAfter == nil else {
                throw error
            }
            let count = stumbles[number, default: 0]
            stumbles[number] = count + 1
            let wait = min(Duration.seconds(2) * (1 << min(count, 10)), surroundings.interval)
            alarms.append((wait, Asked(numbers: [number])))
            logger.warning(
                "request not looked at, tried again later",
                metadata: ["request": "\(number)", "cause": "\(error.words)"])
        }
    }

    func lookAt(_ number: Int) async throws(ForgeFailure) {
        let request: ChangeRequest
        do throws(ForgeFailure) { request = try await forge.changeRequest(number, courier) } catch {
            guard error.isMissing else { throw error }
            // A delivery may name anything; of one that is known the list decides.
            if previews[number] != nil { alarms.append((.seconds(1), Asked(wantsAll: true))) }
            return logger.debug("request is not there", metadata: ["request": "\(number)"])
        }
        await take(request)
        // Something has happened to it, whatever its stamp says.
        if request.state == .merged, surroundings.bases.contains(request.base) {
            return try await heedAfterMerge(request)
        }
        try await readComments(on: request, isHinted: true)
    }

    private func take(_ request: ChangeRequest) async {
        let number = request.number
        guard request.state == .open, surroundings.bases.contains(request.base) else {
            return await close(number, isMerged: request.state == .merged)
        }
        requests[number] = request
        let known = previews[number]
        var preview =
            known
            ?? StoredPreview(repository: surroundings.repository, request: number, seen: surroundings.now())
        (preview.title, preview.author, preview.url) = (request.title, request.author.name, request.url)
        let isOutside = request.isFork && !surroundings.settings.takesForks
        let isOther = known == nil || preview.head != request.head || preview.base != request.base
        if isOther || isOutside != (preview.state == .fork) {
            (preview.head, preview.base, preview.note) = (request.head, request.base, "")
            attempts[number] = nil
            preview.state = isOutside ? .fork : .waiting
            preview.summary =
                isOutside ? "not previewed: requests from forks are not, here" : "preview is being made"
            stopRun(number)
            let message = status(&preview, .pending, preview.summary)
            keep(withReport(preview), [message].compactMap(\.self))
            if !isOutside { enqueue(number) }
        } else if preview.state == .waiting, runs[number] == nil {
            enqueue(number)
        } else if known != preview {
            keep(withReport(preview), [])
        }
    }

    /// The row as it is kept, with what a list leaves out.
    func withReport(_ preview: StoredPreview) -> StoredPreview {
        var preview = preview
        preview.body = (try? store.preview(preview.repository, preview.request))?.body ?? []
        return preview
    }

    /// Removes what was kept for a request.
    private func close(_ number: Int, isMerged: Bool) async {
        stopRun(number)
        (requests[number], attempts[number], stumbles[number]) = (nil, nil, nil)
        (strange[number], leaving[number]) = (nil, nil)
        guard let preview = previews[number] else { return }
        if isMerged { heard[number] = preview.lastComment } else { surroundings.forget(number) }
        await surroundings.closed(preview, isMerged)
        keeping { () throws(StoreError) in
            try store.forgetPreview(surroundings.repository, number)
            previews[number] = nil
        }
        logger.info("request closed", metadata: ["request": "\(number)"])
    }

    /// The status of a request's head; nil where the same was told already.
    func status(
        _ preview: inout StoredPreview, _ state: CommitStatus.State, _ words: String
    ) -> OutboxMessage? {
        let told = "\(preview.head) \(state.rawValue) \(words)"
        // Bitbucket's list tells a part of the id, and takes all of it.
        guard preview.told != told, preview.head.utf8.count >= 40 else { return nil }
        preview.told = told
        var status = CommitStatus(
            controller: surroundings.controller, source: "preview:\(surroundings.repository)",
            commit: preview.head, state: state, description: words)
        status.url = pageURL(preview.request)
        return message(.status(status), key: "\(preview.request) \(preview.head)")
    }

    /// Nil where nobody can open it.
    private func pageURL(_ number: Int) -> String? {
        surroundings.url.map { "\($0)/previews/\(surroundings.repository)/\(number)" }
    }

    /// - Parameter key: of those that say one thing, the last is enough; nil where each is to be said.
    func message(_ message: ForgeMessage, key: String?) -> OutboxMessage? {
        // Nothing in it can't be encoded.
        guard let body = try? message.body() else { return nil }
        return OutboxMessage(
            target: Configuration.forgeName(of: surroundings.repository), eventType: "preview", body: body,
            created: surroundings.now(), orderKey: key.map { "preview \(surroundings.repository) \($0)" })
    }
}
