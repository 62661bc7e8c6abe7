import Foundation
import Logging
import Metrics
import Model
import Review
import Store

/// Previews in the making: so many at a time, each under its own limits, and ended by a newer push.
extension RequestWatch {
    private static let maxAttempts = 6

    func enqueue(_ number: Int, isQuiet: Bool = false) {
        lastRun += 1
        runs[number] = Run(id: lastRun, isQuiet: isQuiet)
        if !line.contains(number) { line.append(number) }
    }

    /// Ends the preview that is being made, and takes one that waits out of the line.
    func stopRun(_ number: Int) {
        runs[number]?.stop?.finish()
        runs[number] = nil
        line.removeAll { $0 == number }
    }

    /// A base has moved. Those under way go on, so that a busy branch does not keep one from ever ending, and are made again.
    func previewAgain(on tips: [String: Tip]) {
        for (number, preview) in previews.sorted(by: { $0.key < $1.key }) {
            guard preview.state != .fork, requests[number] != nil, let tip = tips[preview.base],
                preview.baseCommit != tip.commit || preview.ended.map({ $0 < tip.settledAt }) ?? false
            else { continue }
            if runs[number]?.isActive == true {
                runs[number]?.isStale = true
            } else if runs[number] == nil {
                enqueue(number, isQuiet: true)
            }
        }
    }

    /// Those whose turn has come, by the numbers of their requests, with the ids of their runs.
    func startable() -> [(number: Int, run: Int)] {
        var started: [(Int, Int)] = []
        while busy < surroundings.settings.concurrency, !line.isEmpty {
            let number = line.removeFirst()
            guard let run = runs[number], requests[number] != nil else { continue }
            runs[number]?.isActive = true
            started.append((number, run.id))
            busy += 1
        }
        return started
    }

    private enum End: Sendable {
        case made(Result<PreviewOutcome, PreviewProblem>)
        case stopped
        case late

        /// In place of what was shown before; nil where that stands as long as it is tried again.
        var shown: [ShownPreview]? {
            switch self {
            case .made(.success(let outcome)): outcome.shown
            case .made(.failure(.refused)), .late: []
            case .made(.failure), .stopped: nil
            }
        }
    }

    func preview(_ number: Int, _ run: Int) async {
        defer {
            busy -= 1
            ask(Asked())
        }
        guard let request = requests[number], runs[number]?.id == run else { return }
        let (signal, stop) = AsyncStream.makeStream(of: Void.self)
        runs[number]?.stop = stop
        let start = ContinuousClock.now
        let (make, limit) = (surroundings.make, surroundings.settings.timeout.duration)
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask {
                do throws(PreviewProblem) { return .made(.success(try await make(request))) } catch {
                    return .made(.failure(error))
                }
            }
            group.addTask {
                for await _ in signal {}
                return .stopped
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .late
            }
            let first = await group.next() ?? .stopped
            group.cancelAll()
            return first
        }
        guard !Task.isCancelled, runs[number]?.id == run else { return count("overtaken") }
        // What counts as shown is what people are told, and not more.
        if let shown = end.shown, !(await surroundings.show(shown, request.url)) { return }
        guard !Task.isCancelled, runs[number]?.id == run else { return count("overtaken") }
        let ended = runs.removeValue(forKey: number)
        record(end, request, ContinuousClock.now - start, isQuiet: ended?.isQuiet ?? false)
        if ended?.isStale == true { enqueue(number, isQuiet: true) }
    }
    private func record(_ end: End, _ request: ChangeRequest, _ time: Duration, isQuiet: Bool) {
        switch end {
        case .stopped: break
        case .late: refuse(request, "it took more than \(surroundings.settings.timeout)")
        case .made(.failure(.refused(let words))): refuse(request, words)
        case .made(.failure(.notNow(let words))): tryAgain(request, words)
        case .made(.failure(.headMoved)): tryAgain(request, "its head is not there, or another by now")
        case .made(.success(let outcome)):
            attempts[request.number] = nil
            take(outcome, request, isQuiet: isQuiet)
            Timer(label: "martlet_preview", dimensions: [("repository", surroundings.repository)])
                .record(duration: time)
            logger.info(
                "request previewed",
                metadata: [
                    "request": "\(request.number)", "head": "\(request.head.prefix(12))",
                    "state": "\(outcome.state)", "summary": "\(outcome.summary)",
                    "milliseconds": "\(Int(time / .milliseconds(1)))",
                ])
        }
    }

    private func take(_ outcome: PreviewOutcome, _ request: ChangeRequest, isQuiet: Bool) {
        guard var preview = previews[request.number] else { return }
        let isSame =
            preview.state == .ready && outcome.state == .ready && preview.summary == outcome.summary
            && preview.plans == outcome.plans
        (preview.state, preview.summary, preview.plans) = (outcome.state, outcome.summary, outcome.plans)
        (preview.comment, preview.body, preview.ended) = (outcome.comment, outcome.report, surroundings.now())
        preview.baseCommit = outcome.base
        if isQuiet && isSame {
            preview.comment = previews[request.number]?.comment ?? ""
        } else {
            preview.note = ""
        }
        let head = preview.head
        preview.head = outcome.head
        let status = status(&preview, outcome.state == .ready ? .success : .failure, outcome.summary)
        preview.head = head
        keep(preview, [isQuiet && isSame ? nil : comment(preview), status].compactMap(\.self))
        count(outcome.state.rawValue)
    }

    /// What it showed before stays on its page's place: the comment says why there is nothing newer.
    private func refuse(_ request: ChangeRequest, _ words: String) {
        guard var preview = previews[request.number] else { return }
        attempts[request.number] = nil
        (preview.state, preview.summary, preview.plans) = (.failed, "not previewed: \(words)", [:])
        (preview.comment, preview.note) = (CommentWords.refusal(words), "")
        (preview.body, preview.ended) = ([], surroundings.now())
        let status = status(&preview, .failure, preview.summary)
        keep(preview, [comment(preview), status].compactMap(\.self))
        count("refused")
        logger.warning(
            "request not previewed", metadata: ["request": "\(request.number)", "cause": "\(words)"])
    }

    /// The forge is asked again first, for its head may be another by now; a forge may also tell of a commit before it gives it.
    private func tryAgain(_ request: ChangeRequest, _ words: String) {
        let attempt = attempts[request.number, default: 0] + 1
        guard attempt < Self.maxAttempts else { return refuse(request, words) }
        attempts[request.number] = attempt
        count("retried")
        logger.info(
            "request not previewed yet, tried again",
            metadata: ["request": "\(request.number)", "cause": "\(words)"])
        previews[request.number]?.state = .waiting
        alarms.append((.milliseconds(500) * (1 << attempt), Asked(numbers: [request.number])))
    }

    private func count(_ outcome: String) {
        Counter(
            label: "martlet_previews",
            dimensions: [("outcome", outcome), ("repository", surroundings.repository)]
        ).increment()
    }

    /// How many requests are open.
    func measure() {
        Gauge(label: "martlet_requests_open", dimensions: [("repository", surroundings.repository)])
            .record(previews.count)
        Gauge(label: "martlet_previews_waiting", dimensions: [("repository", surroundings.repository)])
            .record(line.count)
    }
}
