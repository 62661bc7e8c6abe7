import CGit2

/// What git keeps beside the objects, for who sets a repository up.
extension LocalRepository {
    /// The folder of its database: `.git`, or the repository itself where it is bare. Absolute, without a slash at its
    /// end; one for all of its work trees.
    package func databaseFolder() async throws(GitError) -> String {
        try await lend { database in
            let text = git_repository_commondir(database.repository).map { String(cString: $0) } ?? ""
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    /// Nil for a bare one.
    package func workFolder() async throws(GitError) -> String? {
        try await lend { database in git_repository_workdir(database.repository).map { String(cString: $0) } }
    }

    /// `refs/heads/main`: what `HEAD` names, whether or not that has a commit; nil where it names a commit by itself.
    package func defaultBranch() async throws(GitError) -> String? {
        try await lend { (database) throws(GitError) in
            let head = try Handle("read HEAD of '\(database.path)'", free: git_reference_free) {
                git_reference_lookup(&$0, database.repository, "HEAD")
            }
            return git_reference_symbolic_target(head.pointer).map { String(cString: $0) }
        }
    }

    /// Every value of `section.name` in git's configuration, in its order.
    package func settings(_ name: String) async throws(GitError) -> [String] {
        try await lend { (database) throws(GitError) in
            let operation = "read '\(name)' of '\(database.path)'"
            let settings = try Handle(operation, free: git_config_free) {
                git_repository_config_snapshot(&$0, database.repository)
            }
            let iterator = try Handle(operation, free: git_config_iterator_free) {
                git_config_multivar_iterator_new(&$0, settings.pointer, name, nil)
            }
            var (values, entry) = ([String](), UnsafeMutablePointer<git_config_entry>?.none)
            while git_config_next(&entry, iterator.pointer) == 0, let value = entry?.pointee.value {
                values.append(String(cString: value))
            }
            return values
        }
    }

    /// Writes these instead of what the repository's own configuration has of that name.
    package func set(_ name: String, to values: [String]) async throws(GitError) {
        try await lend { (database) throws(GitError) in
            let operation = "write '\(name)' of '\(database.path)'"
            let settings = try Handle(operation, free: git_config_free) {
                git_repository_config(&$0, database.repository)
            }
            let own = try Handle(operation, free: git_config_free) {
                git_config_open_level(&$0, settings.pointer, GIT_CONFIG_LEVEL_LOCAL)
            }
            let status = git_config_delete_multivar(own.pointer, name, ".*")
            if status != GIT_ENOTFOUND.rawValue { try git(operation) { status } }
            for value in values {
                // An expression that no value matches, so that it is one more.
                try git(operation) { git_config_set_multivar(own.pointer, name, "$^", value) }
            }
        }
    }
}
