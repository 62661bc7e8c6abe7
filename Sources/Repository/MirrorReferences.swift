import CGit2

/// Makes a mirror's references what the remote's are.
struct MirrorReferences {
    private let repository: OpaquePointer
    private let operation: String

    init(_ repository: OpaquePointer, _ operation: String) {
        (self.repository, self.operation) = (repository, operation)
    }

    /// What has gone makes room first: `a` may have become `a/b`. What was reachable stays in the database.
    func record(_ wanted: [String: ObjectID], head: String?) throws(GitError) {
        let present = try all()
        for name in present.keys.sorted() where wanted[name] == nil {
            try git("\(operation): remove '\(name)'") { git_reference_remove(repository, name) }
        }
        for (name, id) in wanted.sorted(by: { $0.key < $1.key }) where present[name] != id {
            var raw = id.raw
            let handle = try Handle("\(operation): record '\(name)'", free: git_reference_free) {
                git_reference_create(&$0, repository, name, &raw, 1, nil)
            }
            _ = consume handle
        }
        guard let head else { return }
        try git("\(operation): record its default branch") { git_repository_set_head(repository, head) }
    }

    func all() throws(GitError) -> [String: ObjectID] {
        var names = git_strarray()
        try git(operation) { git_reference_list(&names, repository) }
        defer { git_strarray_dispose(&names) }
        var references: [String: ObjectID] = [:]
        for index in 0..<names.count {
            guard let name = names.strings[index].map({ String(cString: $0) }) else { continue }
            var id = git_oid()
            try git(operation) { git_reference_name_to_id(&id, repository, name) }
            references[name] = ObjectID(id)
        }
        return references
    }
}
