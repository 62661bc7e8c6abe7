import Model
import Reconcile
import Repository
import Review
import Store

/// How a request becomes what its comment says.
extension Generation {
    func outcome(
        of request: ChangeRequest, _ repository: String, _ forge: Forge,
        _ settings: Configuration.PreviewSettings
    ) async throws(PreviewProblem) -> PreviewOutcome {
        let head = try await fetchHead(of: request, repository, forge)
        try await waitUntilLoaded(mirror(of: repository), repository, request.base)
        var asked = PreviewRequest(
            repository: repository, base: request.base, head: head, request: request.keptName)
        asked.limits = PreviewLimits(
            time: settings.timeout.duration, resources: settings.maxResources, bytes: settings.maxSize)
        let preview: Preview
        do throws(PreviewFailure) { preview = try await self.preview(asked) } catch {
            let words = error.message + (error.hint.map { " (\($0))" } ?? "")
            switch error.kind {
            case .missing: throw .headMoved
            case .limit: throw .refused(words)
            case .cancelled, .other: throw .notNow(words)
            }
        }
        let report = PreviewReport(preview, controller: configuration.name, branch: request.base)
        var outcome = try outcome(preview, report, of: request, repository, forge)
        outcome.shown = try await shown(preview, of: request, repository)
        return outcome
    }

    private func outcome(
        _ preview: Preview, _ report: PreviewReport, of request: ChangeRequest, _ repository: String,
        _ forge: Forge
    ) throws(PreviewProblem) -> PreviewOutcome {
        var style = MarkdownStyle(limit: forge.commentLimit - 4000)
        style.hasHTML = forge.kind != .bitbucket
        style.lineMark = forge.kind == .bitbucket ? "lines-" : "L"
        style.filesURL = forge.filesURL(of: request, at: preview.head.id)
        style.reportURL = configuration.url.map { "\($0)/previews/\(repository)/\(request.number)" }
        guard let json = try? report.json() else { throw .refused("its report can't be written as JSON") }
        let plans = Dictionary(
            report.sources.compactMap { source in source.digest.map { (source.name, $0) } }
        ) { $1 }
        let state: StoredPreview.State =
            !report.conflicts.isEmpty ? .conflict : report.isFailure ? .failed : .ready
        return PreviewOutcome(
            state: state, summary: report.summary, plans: plans, comment: report.markdown(style),
            report: Array(json.utf8), head: preview.head.id, base: preview.base.id)
    }

    /// What is shown of each source, and how to know the merge again.
    private func shown(
        _ preview: Preview, of request: ChangeRequest, _ repository: String
    ) async throws(PreviewProblem) -> [ShownPreview] {
        guard preview.tree != nil, let base = ObjectID(preview.base.id), let head = ObjectID(preview.head.id)
        else { return [] }
        do throws(GitError) {
            let opened = try await Mirror.open(
                configuration.mirrorFolder(of: repository), request: request.keptName)
            let merge = try await opened.merge(head, into: base)
            var all: [ShownPreview] = []
            for source in preview.sources where !source.isRefused {
                let folder = configuration.sources[source.source]?.path ?? ""
                let footprint = try await merge.repository.footprint(of: folder, from: base, to: merge.tree)
                // One whose files stay as they are, and which follows others, has no tree to be known by.
                let isTouched = !footprint.delta.isEmpty
                guard isTouched || !source.plan.entries.isEmpty else { continue }
                var shown = ShownPreview(
                    source: source.source, request: request.url, author: request.author.name,
                    tree: isTouched ? footprint.tree : "", delta: footprint.delta,
                    plan: ReviewedPlan(of: source.plan),
                    shownAt: preview.endedAt)
                (shown.head, shown.authorID) = (preview.head.id, request.author.id)
                all.append(shown)
            }
            return all
        } catch {
            throw .notNow("\(error.operation): \(error.message)")
        }
    }

    /// The whole id of the commit at the head, which is in the mirror then.
    private func fetchHead(
        of request: ChangeRequest, _ repository: String, _ forge: Forge
    ) async throws(PreviewProblem) -> String {
        guard let mirror = mirror(of: repository) else {
            throw .notNow("the repository can't be fetched now")
        }
        if let opened = try? await mirror.open(request: request.keptName),
            let known = try? await opened.resolve(request.head), known.id.description.hasPrefix(request.head)
        {
            return known.id.description
        }
        guard let reference = forge.headReference(of: request) else {
            throw .refused("the head of a fork can't be fetched from this forge")
        }
        let id: ObjectID
        do throws(GitError) {
            id = try await mirror.fetch(RequestHead(name: request.keptName, reference: reference))
        } catch {
            if error.code == .missing { throw .headMoved }
            throw .notNow("\(error.operation): \(error.message)")
        }
        guard id.description.hasPrefix(request.head) else { throw .headMoved }
        return id.description
    }

    /// A preview is over what the loop knows: at a start its first pass is waited for, and for a while that it has taken
    /// what was fetched last, so that what was merged counts as merged before its request is looked at again.
    private func waitUntilLoaded(
        _ mirror: Mirror?, _ repository: String, _ branch: String
    ) async throws(PreviewProblem) {
        let names = configuration.sources.filter {
            $0.value.repository == repository && $0.value.branch == branch
        }.keys
        let start = ContinuousClock.now
        while true {
            let tip = try? await mirror?.open().resolve(branch).id.description
            let stands = await inbox.read { picture in
                names.map { name -> (isLoaded: Bool, isAtTip: Bool) in
                    let (source, record) = (picture.sources[name], picture.sources[name]?.record)
                    return (
                        source?.isLoaded == true || record?.refusedCommit != nil,
                        tip == nil || record?.commit == tip || record?.refusedCommit == tip
                    )
                }
            }
            guard let stands else { throw .notNow("the controller is stopping") }
            let isLate = ContinuousClock.now - start > .seconds(10)
            if stands.allSatisfy({ $0.isLoaded && ($0.isAtTip || isLate) }) { return }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { throw .notNow("it was ended") }
        }
    }
}

extension ChangeRequest {
    /// What its head is kept under beside the mirror.
    var keptName: String { String(number) }
}

extension Forge {
    /// Where the forge keeps a request's head, also one from a fork; nil where nowhere.
    func headReference(of request: ChangeRequest) -> String? {
        switch kind {
        case .github, .gitea, .forgejo: "refs/pull/\(request.number)/head"
        case .gitlab: "refs/merge-requests/\(request.number)/head"
        case .bitbucket: request.isFork ? nil : "refs/heads/\(request.headBranch)"
        }
    }

    /// Where it shows the files of a commit: beside the request's own page; nil where that has another form.
    func filesURL(of request: ChangeRequest, at commit: String) -> String? {
        let (pull, files) =
            switch kind {
            case .github: ("/pull/", "/blob/\(commit)/")
            case .gitea, .forgejo: ("/pulls/", "/src/commit/\(commit)/")
            case .gitlab: ("/-/merge_requests/", "/-/blob/\(commit)/")
            case .bitbucket: ("/pull-requests/", "/src/\(commit)/")
            }
        let end = "\(pull)\(request.number)"
        guard request.url.hasPrefix("https://"), request.url.hasSuffix(end) else { return nil }
        return request.url.dropLast(end.count) + files
    }
}
