package import Logging
import Manifests
import Model
package import Repository
import Store

/// Keeps a mirror of one repository, and gives the loop each source's commits: when it is woken, and by itself from
/// time to time, so that a lost webhook only costs time. What did not succeed is tried again soon, and then less and
/// less often.
package actor RepositoryWatch {
    /// A source of this repository.
    package struct Source: Sendable {
        let name: String
        /// Taken out to read: with two owners, each change of what it knows would copy all of it.
        var reader: SourceReader?
        /// What the reader has read.
        var loaded: ObjectID?
        /// Its folder in the repository.
        var folder: String
        /// Branch, tag or commit.
        var revision: String
        /// The last good commit, in hex, to begin with while the remote does not answer.
        var lastGood: String?
        /// Read, and found wrong: not read again until there is another.
        var refused: ObjectID?

        package init(reader: SourceReader, folder: String, revision: String, lastGood: String?) {
            (name, self.reader) = (reader.settings.name, reader)
            (self.folder, self.revision, self.lastGood) = (folder, revision, lastGood)
        }
    }
    private let mirror: Mirror
    private let interval: Duration
    private let inbox: Inbox
    private let logger: Logger
    private let now: @Sendable () -> Int
    private var sources: [Source]
    /// Fetches in a row that did not succeed.
    private var failures = 0
    private var isRetrying = false
    private let (wakeups, wakeup) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package init(
        _ mirror: Mirror, sources: [Source], interval: Duration, inbox: Inbox, logger: Logger,
        now: @escaping @Sendable () -> Int
    ) {
        (self.mirror, self.sources, self.interval) = (mirror, sources, interval)
        (self.inbox, self.logger, self.now) = (inbox, logger, now)
    }

    /// What reads a source, as it was after its last load; nil while it reads.
    package func reader(of source: String) -> SourceReader? {
        sources.first { $0.name == source }?.reader
    }

    /// Asks for a fetch. Any number during one make one more.
    package nonisolated func wake() { wakeup.yield() }

    /// Until cancelled.
    package func run() async {
        await beginWithLastGood()
        wake()
        await withDiscardingTaskGroup { group in
            group.addTask { [interval, wakeup] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval * Double.random(in: 0.9...1.1))
                    wakeup.yield()
                }
            }
            for await _ in wakeups {
                await fetch()
                guard let pause = pauseBeforeRetry() else { continue }
                isRetrying = true
                group.addTask {
                    try? await Task.sleep(for: pause * Double.random(in: 0.9...1.1))
                    await self.retry()
                }
            }
            group.cancelAll()
        }
    }

    /// Nil where nothing is to be tried again, or is anyway, or the poll comes first.
    private func pauseBeforeRetry() -> Duration? {
        guard failures > 0, !isRetrying else { return nil }
        let pause = Duration.seconds(5) * (1 << min(failures - 1, 10))
        return pause < interval ? pause : nil
    }
    private func retry() {
        isRetrying = false
        if failures > 0 { wake() }
    }

    /// What was good before is in force again at once, also where the remote is gone.
    private func beginWithLastGood() async {
        guard let repository = try? await mirror.open() else { return }
        for index in sources.indices {
            guard let id = sources[index].lastGood.flatMap({ ObjectID($0) }),
                let commit = try? await repository.commit(id)
            else { continue }
            await load(index, commit, repository)
        }
    }

    private func fetch() async {
        let began = now()
        do throws(GitError) {
            let logger = logger
            _ = try await mirror.fetch { logger.debug("fetching", metadata: ["progress": "\($0)"]) }
            let repository = try await mirror.open()
            for index in sources.indices { await follow(index, repository, began) }
            failures = 0
        } catch {
            failures += 1
            for index in sources.indices { report(error, sources[index].name, began) }
        }
    }

    /// A fetch counts as done once its commit was read.
    private func follow(_ index: Int, _ repository: LocalRepository, _ began: Int) async {
        do throws(GitError) {
            let commit = try await repository.resolve(sources[index].revision)
            if commit.id == sources[index].loaded {
                if sources[index].refused != nil { takeBack(index, commit) }
            } else if commit.id != sources[index].refused || commit.id == sources[index].reader?.unsigned {
                await load(index, commit, repository)
            }
            inbox.post(.fetched(source: sources[index].name, at: began, error: nil))
        } catch {
            report(error, sources[index].name, began)
        }
    }

    /// The branch is back at the commit that is in force: what was refused concerns nobody any more.
    private func takeBack(_ index: Int, _ commit: Commit) {
        sources[index].refused = nil
        let name = sources[index].name
        inbox.post(.load(Load(source: name, commit: Revision(commit), manifests: [])))
    }

    private func load(_ index: Int, _ commit: Commit, _ repository: LocalRepository) async {
        guard var reader = sources[index].reader.take() else { return }
        defer { (sources[index].reader, sources[index].loaded) = (reader, reader.loaded) }
        let start = ContinuousClock.now
        do throws(GitError) {
            let name = sources[index].name
            let (record, shown) =
                await inbox.read { ($0.sources[name]?.record, $0.unmerged(of: name)) } ?? (nil, [])
            var load = try await reader.read(
                repository, at: commit, folder: sources[index].folder, after: record)
            if reader.followsRequests, !load.isRefused {
                load.merged.formUnion(
                    await squashed(shown.filter { !$0.isFound(in: load.merged) }, record, commit))
            }
            sources[index].refused = load.isRefused ? commit.id : nil
            Stages.record(.load, ContinuousClock.now - start)
            inbox.post(.load(load))
        } catch  where error.code == .other {
            // The machine's trouble, not the commit's: the next poll reads it again.
            report(error, sources[index].name, now())
        } catch {
            let problem = Diagnostic(.error, "\(error.operation): \(error.message)", hint: error.hint)
            sources[index].refused = commit.id
            inbox.post(
                .load(
                    Load(
                        source: sources[index].name, commit: Revision(commit), manifests: [],
                        problems: [problem])))
        }
    }

    /// What was merged in a way that only the requests' own commits can tell.
    private func squashed(
        _ shown: [ShownPreview], _ record: SourceRecord?, _ commit: Commit
    ) async -> Footprints {
        guard !shown.isEmpty, let base = (record?.commit).flatMap({ ObjectID($0) }),
            let repository = try? await mirror.openWithRequests()
        else { return Footprints() }
        return await repository.squashed(
            shown.compactMap { ObjectID($0.head) }, since: base, to: commit.id)
    }

    private func report(_ error: GitError, _ name: String, _ began: Int) {
        let cause = "\(error.operation): \(error.message)"
        logger.warning("fetch did not succeed", metadata: ["source": "\(name)", "cause": "\(cause)"])
        let hint = error.hint.map { " (\($0))" } ?? ""
        inbox.post(.fetched(source: name, at: began, error: cause + hint))
    }
}
