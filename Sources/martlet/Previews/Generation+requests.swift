import Foundation
import HTTPClient
import Model
import Reconcile
import Repository
import Review
import Store
import Synchronization

/// The requests that one reading of the configuration watches.
extension Generation {
    /// By repository. Each talks to its forge by the token that the statuses are posted with.
    func makeRequestWatches() throws -> [String: RequestWatch] {
        var watches: [String: RequestWatch] = [:]
        let names = configuration.previewedRepositories
        try store.forgetPreviews(except: Set(names))
        guard !names.isEmpty else { return [:] }
        let client = try HTTPClient()
        for name in names {
            guard let settings = configuration.repositories[name], let forge = settings.forge,
                let previews = forge.previews, watch(of: name) != nil
            else { continue }
            let speaker = try forge.forge(of: name)
            watches[name] = RequestWatch(
                speaker, client: client, store: store, logger: logger,
                RequestWatch.Surroundings(
                    controller: configuration.name, repository: name, bases: configuration.bases(of: name),
                    settings: previews, interval: settings.interval.duration, url: configuration.url,
                    make: { [self] request throws(PreviewProblem) in
                        try await outcome(of: request, name, speaker, previews)
                    },
                    show: { [inbox] shown, request in
                        inbox.post(.show(shown, request: request))
                        return await inbox.recorded()
                    },
                    approve: { [self] preview, plans, user in await approve(preview, plans, user) },
                    release: { [self] request, digest, user in await release(name, request, digest, user) },
                    closed: { [inbox] preview, isMerged in
                        if !isMerged { inbox.post(.unshow(request: preview.url)) }
                    },
                    kept: { [self] in (mirror(of: name)?.requests ?? []).compactMap { Int($0) } },
                    forget: { [self] number in mirror(of: name)?.forget(request: String(number)) },
                    told: { [self] in wakeDelivery() }, now: currentMilliseconds))
        }
        return watches
    }

    /// Nil where its credentials can't be read any more.
    func mirror(of repository: String) -> Mirror? {
        guard let remote = try? configuration.repositories[repository]?.remote() else { return nil }
        return Mirror(remote, in: configuration.mirrorFolder(of: repository))
    }

    /// Deliveries say that something happened to requests.
    func look(at number: Int, of sources: [String]) {
        let watches = requestWatches.withLock(\.self)
        for repository in Set(sources.compactMap({ configuration.sources[$0]?.repository })) {
            watches[repository]?.look(at: number)
        }
    }

    /// A pass has ended: where a branch has another commit, what is open is previewed on it.
    func follow(_ picture: Picture) {
        for (repository, watch) in requestWatches.withLock(\.self) {
            var tips: [String: RequestWatch.Tip] = [:]
            for (name, source) in configuration.sources.sorted(by: { $0.key < $1.key })
            where source.repository == repository {
                guard let state = picture.sources[name], state.isLoaded || state.record?.refusedCommit != nil,
                    let record = state.record
                else { continue }
                let settledAt = record.state == .pending ? 0 : record.stateSince
                tips[source.branch] = RequestWatch.Tip(
                    commit: record.refusedCommit ?? record.commit,
                    settledAt: max(settledAt, tips[source.branch]?.settledAt ?? 0))
            }
            watch.follow(tips)
        }
    }

    /// Somebody's word, put where the gate looks for it.
    private func approve(
        _ preview: StoredPreview, _ plans: [String: String], _ user: ForgeUser
    ) async -> String? {
        let now = currentMilliseconds()
        return await hear { picture in
            try plans.sorted { $0.key < $1.key }.flatMap { source, digest in
                try picture.approve(
                    digest, of: source, in: preview.url, by: user.name, id: user.id, .comment, now: now
                ).requests
            }
        }
    }

    /// A word for what waits of the repository's sources, and of no other's: who may write here may say nothing there.
    private func release(
        _ repository: String, _ request: String, _ digest: String, _ user: ForgeUser
    ) async -> String? {
        let now = currentMilliseconds()
        let names = configuration.sources.filter { $0.value.repository == repository }.keys.sorted()
        return await hear { picture in
            let answers = names.map { source in
                Result {
                    try picture.approve(
                        digest, of: source, in: request, by: user.name, id: user.id, .comment, now: now
                    ).requests
                }
            }
            let heard = answers.flatMap { (try? $0.get()) ?? [] }
            return try heard.isEmpty ? answers.first?.get() ?? [] : heard
        }
    }

    /// Nil once what was said is recorded: what is said to be approved is, also after a crash.
    private func hear(_ body: @escaping @Sendable (Picture) throws -> [Request]) async -> String? {
        switch await inbox.read({ picture in Result { try body(picture) } }) {
        case nil: return "the controller is stopping: say it again"
        case .failure(let error)?: return (error as? OperationError)?.message ?? plainText(error)
        case .success(let requests)?:
            for request in requests { inbox.post(request) }
            return await inbox.recorded() ? nil : "the controller is stopping: say it again"
        }
    }
}

extension Configuration {
    /// The branches that sources of a repository follow.
    func bases(of repository: String) -> Set<String> {
        Set(sources.values.filter { $0.repository == repository && $0.place == nil }.map(\.branch))
    }
}

extension Configuration.Source {
    /// What it follows, without its place among references.
    var branch: String {
        revision.hasPrefix("refs/heads/") ? String(revision.dropFirst("refs/heads/".count)) : revision
    }
}
