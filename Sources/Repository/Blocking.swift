import Dispatch
import Synchronization

/// Where blocking C runs, so that it takes none of the threads that tasks share.
enum Blocking {
    private static let queue = DispatchQueue(label: "repository", attributes: .concurrent)

    static func run<Result: Sendable>(
        _ work: @escaping @Sendable () throws(GitError) -> Result
    ) async throws(GitError) -> Result {
        let result = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Swift.Result(catching: work)) }
        }
        return try result.get()
    }

    /// The results of `work` for 0 up to `count`, in order. Each worker makes a context of its own and takes the
    /// next indices until there are none, or one has failed.
    static func map<Context, Result: Sendable>(
        count: Int, cores: Int, context: @escaping @Sendable () throws(GitError) -> Context,
        _ work: @escaping @Sendable (Context, Int) throws(GitError) -> Result
    ) async throws(GitError) -> [Result] {
        let (size, next) = (256, Cursor())
        let workers = min(max(1, cores), (count + size - 1) / size)
        let answers = await withTaskGroup(of: Swift.Result<[Piece<Result>], GitError>.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    do throws(GitError) {
                        return .success(
                            try await run { () throws(GitError) in
                                try next.takeAll(of: count, size, context: context, work)
                            })
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var answers: [Swift.Result<[Piece<Result>], GitError>] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        var pieces: [Piece<Result>] = []
        for answer in answers { pieces += try answer.get() }
        var results: [Result] = []
        results.reserveCapacity(count)
        for piece in pieces.sorted(by: { $0.start < $1.start }) { results += piece.results }
        return results
    }
}

private struct Piece<Result: Sendable>: Sendable {
    var start: Int
    var results: [Result] = []
}

private final class Cursor: Sendable {
    private let next = Atomic<Int>(0)

    func takeAll<Context, Result: Sendable>(
        of count: Int, _ size: Int, context: () throws(GitError) -> Context,
        _ work: (Context, Int) throws(GitError) -> Result
    ) throws(GitError) -> [Piece<Result>] {
        do throws(GitError) {
            let context = try context()
            var pieces: [Piece<Result>] = []
            while true {
                let start = next.wrappingAdd(size, ordering: .relaxed).oldValue
                guard start < count else { return pieces }
                makeRoom()
                var piece = Piece<Result>(start: start)
                piece.results.reserveCapacity(size)
                for index in start..<min(start + size, count) {
                    piece.results.append(try work(context, index))
                }
                pieces.append(piece)
            }
        } catch {
            next.store(count, ordering: .relaxed)
            throw error
        }
    }
}

/// Asks the thread's heap for what one piece will take. glibc makes it larger by only what is missing, so that without
/// this nearly every blob, whose inflating takes 40 KB above all that is kept, would cost a system call.
private func makeRoom() {
    UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 16).deallocate()
}
