import Foundation
import Glibc

/// The head of a pull or merge request. What is fetched of it is kept beside the mirror, in a folder of its own that
/// goes as a whole: nobody has taken it yet.
package struct RequestHead: Hashable, Sendable, Codable {
    /// What it is kept under: letters, digits and dashes, a number mostly.
    package var name: String
    /// As the forge has it: `refs/pull/7/head`, `refs/merge-requests/7/head`.
    package var reference: String

    package init(name: String, reference: String) { (self.name, self.reference) = (name, reference) }

    /// What it is recorded as in its folder.
    static let recorded = "refs/request/head"
    /// What the mirror has, so that it is not fetched once more.
    static let known = "refs/known/"

    var isNameSafe: Bool {
        (1...64).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
            }
    }
}

extension Mirror {
    private var requestsFolder: String { "\(folder)/requests" }
    private func folder(of request: String) -> String { "\(requestsFolder)/\(request)" }

    /// Brings the head of a request, and what leads to it from the mirror's branches.
    /// - Throws: `missing` where the forge has no such reference: the request or its branch is gone.
    package func fetch(
        _ head: RequestHead, _ progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws(GitError) -> ObjectID {
        let operation = "fetch \(head.reference) of \(remote.url)"
        guard head.isNameSafe else {
            throw GitError(.settings, operation, "'\(head.name.prefix(60))' is no name of a request")
        }
        var wanted = remote
        wanted.references = [head.reference]
        let order = FetchOrder(folder: folder(of: head.name), remote: wanted, mirror: folder)
        let report = try await run(order, operation, progress)
        guard let id = report.references[head.reference] else {
            throw GitError(.missing, operation, "it brought nothing")
        }
        return id
    }

    /// The mirror, with what was fetched of a request beside it.
    package func open(request name: String) async throws(GitError) -> LocalRepository {
        try await Self.open(folder, request: name)
    }
    package static func open(_ folder: String, request name: String) async throws(GitError) -> LocalRepository
    {
        try await LocalRepository.open(folder, quarantines: ["\(folder)/requests/\(name)/objects"])
    }
    /// The mirror, with all that is kept of requests beside it.
    package func openWithRequests() async throws(GitError) -> LocalRepository {
        try await LocalRepository.open(
            folder, quarantines: requests.map { "\(requestsFolder)/\($0)/objects" })
    }

    /// Removes what was fetched of a request, if anything was.
    package func forget(request name: String) {
        guard RequestHead(name: name, reference: "").isNameSafe else { return }
        try? FileManager.default.removeItem(atPath: folder(of: name))
    }

    /// The requests that something is kept of.
    package var requests: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: requestsFolder)) ?? []).sorted()
    }
}
