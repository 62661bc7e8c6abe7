import CGit2

extension LocalRepository {
    /// The commit that a branch, a tag, a full reference, a commit's id or git's own notation (`HEAD~1`) names.
    package func resolve(_ revision: String) async throws(GitError) -> Commit {
        try await lend { (database) throws(GitError) in try database.resolve(revision) }
    }

    package func commit(_ id: ObjectID) async throws(GitError) -> Commit {
        try await lend { (database) throws(GitError) in try database.commit(id) }
    }

    /// Whether `new` is `old` or descends from it; false where `old` is not there any more.
    package func isFastForward(from old: ObjectID, to new: ObjectID) async throws(GitError) -> Bool {
        guard old != new else { return true }
        return try await lend { (database) throws(GitError) in
            var (ancestor, descendant) = (old.raw, new.raw)
            guard git_odb_exists(database.objects, &ancestor) == 1 else { return false }
            return try git("compare \(old.short) with \(new.short) in '\(database.path)'") {
                git_graph_descendant_of(database.repository, &descendant, &ancestor)
            } == 1
        }
    }

    /// Nil where the two have no history in common.
    package func mergeBase(_ left: ObjectID, _ right: ObjectID) async throws(GitError) -> ObjectID? {
        try await lend { (database) throws(GitError) in
            var (first, second, base) = (left.raw, right.raw, git_oid())
            do throws(GitError) {
                try git("find the merge base of \(left.short) and \(right.short) in '\(database.path)'") {
                    git_merge_base(&base, database.repository, &first, &second)
                }
            } catch {
                guard error.code == .missing else { throw error }
                _ = (try database.commit(left), try database.commit(right))
                return nil
            }
            return ObjectID(base)
        }
    }
}

extension Database {
    fileprivate func resolve(_ revision: String) throws(GitError) -> Commit {
        let operation = "resolve '\(revision)' in '\(path)'"
        if let id = ObjectID(revision) {
            guard let commit = try peel(revision, operation) else {
                throw GitError(.missing, operation, "commit \(id.short) is not in the repository")
            }
            return commit
        }
        let (branch, tag) = (
            try peel("refs/heads/\(revision)", operation), try peel("refs/tags/\(revision)", operation)
        )
        if let branch, let tag, branch.id != tag.id {
            throw GitError(
                .ambiguous, operation, "it is a branch (\(branch.id.short)) and a tag (\(tag.id.short))",
                hint: "write 'refs/heads/\(revision)' or 'refs/tags/\(revision)'")
        }
        if let commit = branch ?? tag { return commit }
        if let commit = try peel(revision, operation) { return commit }
        throw GitError(
            .missing, operation, "no branch, tag or commit has this name", hint: similar(to: revision))
    }

    /// Nil where nothing has that name.
    private func peel(_ revision: String, _ operation: String) throws(GitError) -> Commit? {
        do throws(GitError) {
            let object = try Handle(operation, free: git_object_free) {
                git_revparse_single(&$0, repository, revision)
            }
            let commit = try Handle(operation, free: git_object_free) {
                git_object_peel(&$0, object.pointer, GIT_OBJECT_COMMIT)
            }
            return Commit(commit)
        } catch {
            switch error.code {
            case .missing: return nil
            case .ambiguous:
                throw GitError(
                    .ambiguous, operation, "several objects begin so", hint: "write more of its digits")
            case .other:
                throw GitError(.missing, operation, "it names no commit")
            default: throw error
            }
        }
    }

    private func similar(to revision: String) -> String? {
        var names = git_strarray()
        guard git_reference_list(&names, repository) == 0 else { return nil }
        defer { git_strarray_dispose(&names) }
        let all = (0..<names.count).compactMap { names.strings[$0].map { String(cString: $0) } }
        let branches = all.filter { $0.hasPrefix("refs/heads/") }.map { $0.dropFirst(11) }.sorted()
        guard !branches.isEmpty else { return "the repository has no branch" }
        let shown = branches.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        return "its branches are \(shown)" + (branches.count > 5 ? " and \(branches.count - 5) more" : "")
    }
}
