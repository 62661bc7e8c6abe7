import Model
import Reconcile
import Repository
import Review
import Store

/// What is to be merged, and into what.
struct PreviewRequest: Sendable {
    /// As the configuration names it.
    var repository: String
    /// A branch, or a commit of one.
    var base: String
    /// A commit, or what names one in the repository.
    var head: String
    /// The request whose head was fetched for it: see `Mirror.fetch(_:)`. Nil where the head is in the mirror.
    var request: String?
    var limits = PreviewLimits()
}

extension Generation {
    /// What a merge would do, found beside the loop. Its sources are those that follow `base`, or all of the repository
    /// where that is no branch.
    func preview(_ request: PreviewRequest) async throws(PreviewFailure) -> Preview {
        let (merge, sources) = try await merge(request)
        let (readers, picture) = try await reading(sources.map(\.key), of: request.repository)
        let previewed = sources.map { name, source in
            PreviewedSource(
                readers[name] ?? Self.reader(name, source, configuration, engines), folder: source.path)
        }
        return try await previewer(request.limits).preview(merge, of: previewed, over: picture)
    }

    /// A preview as it is shown, with where the base has gone since.
    func report(_ preview: Preview, _ request: PreviewRequest) async -> PreviewReport {
        var report = PreviewReport(preview, controller: configuration.name, branch: request.base)
        let folder = configuration.mirrorFolder(of: request.repository)
        if let now = try? await LocalRepository.open(folder).resolve(request.base),
            now.id.description != preview.base.id
        {
            report.movedTo = ReportedCommit(now.id.description, now.summary)
        }
        return report
    }

    func previewer(_ limits: PreviewLimits) -> Previewer {
        Previewer(
            engines: engines.byName, policy: Self.policy(configuration), limits: limits,
            now: currentMilliseconds)
    }

    private func merge(
        _ request: PreviewRequest
    ) async throws(PreviewFailure) -> (Merge, [(key: String, value: Configuration.Source)]) {
        do throws(GitError) {
            let repository = try await repository(of: request)
            let base = try await repository.resolve(request.base)
            let head = try await repository.resolve(request.head)
            var followers: [(key: String, value: Configuration.Source)] = []
            for (name, source) in configuration.sources where source.repository == request.repository {
                guard try await follows(source, request.base, base, repository) else { continue }
                followers.append((name, source))
            }
            let merge = try await repository.merge(head.id, into: base.id)
            return (merge, followers.sorted { $0.key < $1.key })
        } catch {
            throw PreviewFailure(error)
        }
    }

    private func repository(of request: PreviewRequest) async throws(GitError) -> LocalRepository {
        let folder = configuration.mirrorFolder(of: request.repository)
        guard let name = request.request else { return try await LocalRepository.open(folder) }
        return try await Mirror.open(folder, request: name)
    }

    /// Whether what is merged into a branch comes to this source; of a base without a name, whether it is in its history.
    private func follows(
        _ source: Configuration.Source, _ name: String, _ base: Commit, _ repository: LocalRepository
    ) async throws(GitError) -> Bool {
        func short(_ name: String) -> String {
            name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : name
        }
        if short(source.revision) == short(name) { return true }
        guard base.id.description.hasPrefix(name),
            let tip = try? await repository.resolve(source.revision)
        else { return false }
        return try await repository.isFastForward(from: base.id, to: tip.id)
    }

    /// What the loop knows, and for each source what reads it, where both are at the same commit.
    private func reading(
        _ sources: [String], of repository: String
    ) async throws(PreviewFailure) -> ([String: SourceReader], Picture) {
        var attempt = 1
        while true {
            var readers: [String: SourceReader] = [:]
            for source in sources { readers[source] = await watch(of: repository)?.reader(of: source) }
            guard let picture = await inbox.read({ $0 }) else {
                throw PreviewFailure(.other, "the controller is stopping")
            }
            readers = readers.filter { name, reader in
                reader.loaded?.description == picture.sources[name]?.record?.commit
            }
            // One that reads all anew is right too, and slower.
            if readers.count == sources.count || attempt == 20 { return (readers, picture) }
            attempt += 1
            do { try await Task.sleep(for: .milliseconds(50)) } catch {
                throw PreviewFailure(.cancelled, "the preview was ended")
            }
        }
    }
}
