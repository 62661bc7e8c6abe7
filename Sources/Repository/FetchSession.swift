import CGit2
import Foundation
import Glibc

/// One fetch, in the child. Whatever fails before the references are recorded leaves the mirror as it was.
struct FetchSession {
    private let order: FetchOrder
    private let operation: String
    private let callbacks: FetchCallbacks
    private var remote: Remote { order.remote }

    static func run(
        _ order: FetchOrder, _ say: @escaping (FetchEvent) -> Void
    ) throws(GitError) -> FetchReport {
        let of = order.mirror.flatMap { _ in order.remote.references.first }.map { "\($0) of " } ?? ""
        let operation = "fetch \(of)\(order.remote.url)"
        let callbacks = try FetchCallbacks(order.remote, operation, say)
        return try FetchSession(order: order, operation: operation, callbacks: callbacks).run()
    }

    private func run() throws(GitError) -> FetchReport {
        let lock = try MirrorLock(order.folder, operation)
        defer { withExtendedLifetime(lock) {} }
        try prepareLibrary()
        let repository = try Handle(operation, free: git_repository_free) {
            git_repository_init(&$0, order.folder, 1)
        }
        if let mirror = order.mirror { try lean(repository, on: mirror) }
        let remote = try makeRemote(repository)
        try connect(remote)
        let advertised = try list(remote)
        try download(remote)
        callbacks.enter(.recording)
        let head = order.mirror == nil ? try defaultBranch(remote, advertised) : nil
        try record(advertised, in: repository, head: head)
        let stats = git_remote_stats(remote.pointer)?.pointee
        return FetchReport(
            references: advertised, head: head, receivedObjects: Int(stats?.received_objects ?? 0),
            receivedBytes: stats?.received_bytes ?? 0)
    }

    /// A request's head is known by one name, whatever the forge calls it.
    private func record(
        _ advertised: [String: ObjectID], in repository: borrowing Handle, head: String?
    ) throws(GitError) {
        let references = MirrorReferences(repository.pointer, operation)
        guard order.mirror != nil else { return try references.record(advertised, head: head) }
        let id = advertised.values.first
        try references.record(id.map { [RequestHead.recorded: $0] } ?? [:], head: nil)
    }

    /// Objects of the mirror count as one's own, and its branches as what is there already.
    private func lean(_ repository: borrowing Handle, on mirror: String) throws(GitError) {
        let place = order.folder + "/objects/info"
        do {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try Data("\(mirror)/objects\n".utf8).write(to: URL(filePath: place + "/alternates"))
        } catch {
            throw GitError(.other, operation, "'\(place)/alternates' can't be written")
        }
        let other = try Handle(operation, free: git_repository_free) {
            git_repository_open_ext(&$0, mirror, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
        }
        let branches = try MirrorReferences(other.pointer, operation).all()
            .filter { $0.key.hasPrefix("refs/heads/") }.sorted { $0.key < $1.key }.prefix(500)
        let known = branches.enumerated().map { ("\(RequestHead.known)\($0)", $1.value) }
        try MirrorReferences(repository.pointer, operation).record(
            Dictionary(known) { first, _ in first }, head: nil)
    }

    /// Settings of the whole process: nobody's git configuration counts, and what is written stays written.
    private func prepareLibrary() throws(GitError) {
        if let hosts = callbacks.hosts { try offer(hosts) }
        Library.start()
        let levels = [
            GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG,
            GIT_CONFIG_LEVEL_PROGRAMDATA,
        ]
        for level in levels { try git(operation) { git_set_search_path(level.rawValue, "") } }
        try git(operation) { git_set_owner_validation(0) }
        try git(operation) { git_set_synchronous_writes(1) }
        guard let file = remote.caFile else { return }
        guard git_set_certificate_file(file) == 0 else {
            throw GitError(.settings, operation, "caFile '\(file)' can't be read as PEM certificates")
        }
    }

    /// libgit2 asks the server for the kinds of key that it finds in its user's own file, and gives up on one that
    /// it can't read: it gets the lines of this one host.
    private func offer(_ hosts: KnownHosts) throws(GitError) {
        let folder = order.folder + "/.ssh"
        let lines = hosts.lines(of: remote.url.host, port: remote.url.port ?? 22)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(lines.utf8).write(to: URL(filePath: folder + "/known_hosts"))
        } catch {
            throw GitError(.other, operation, "'\(folder)/known_hosts' can't be written")
        }
    }

    private func makeRemote(_ repository: borrowing Handle) throws(GitError) -> Handle {
        var options = git_remote_create_options()
        git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION))
        options.repository = repository.pointer
        options.flags =
            GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC.rawValue
        return try Handle(operation, free: git_remote_free) {
            git_remote_create_with_opts(&$0, remote.url.complete, &options)
        }
    }

    private func connect(_ handle: borrowing Handle) throws(GitError) {
        callbacks.enter(.connecting)
        var options = git_remote_connect_options()
        git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION))
        options.callbacks = callbacks.raw
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        let remote = handle.pointer
        try callbacks.check(git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options))
    }

    /// What the remote has of what is mirrored.
    private func list(_ handle: borrowing Handle) throws(GitError) -> [String: ObjectID] {
        callbacks.enter(.listing)
        var (heads, count) = (UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?.none, 0)
        try callbacks.check(git_remote_ls(&heads, &count, handle.pointer))
        var references: [String: ObjectID] = [:]
        for index in 0..<count {
            guard let head = heads?[index]?.pointee, let name = head.name.map({ String(cString: $0) }) else {
                continue
            }
            guard !name.hasSuffix("^{}"), remote.mirrors(name), isValidReference(name) else { continue }
            references[name] = ObjectID(head.oid)
        }
        guard !references.isEmpty else {
            throw order.mirror == nil
                ? GitError(
                    .missing, operation, "the repository has no branch", hint: "the mirror stays as it was")
                : GitError(
                    .missing, operation, "the repository has no such reference",
                    hint: "the request may be closed, or its branch gone")
        }
        return references
    }

    private func download(_ handle: borrowing Handle) throws(GitError) {
        callbacks.enter(.receiving)
        var options = git_fetch_options()
        git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
        options.callbacks = callbacks.raw
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        let pointer = handle.pointer
        let specifications = remote.references.map { strdup("+\($0):\($0)") }
        defer { for text in specifications { free(text) } }
        var strings = specifications
        let status = strings.withUnsafeMutableBufferPointer { buffer in
            var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
            return git_remote_download(pointer, &array, &options)
        }
        try callbacks.check(status)
    }

    /// Nil where the remote names none, or one that is not mirrored.
    private func defaultBranch(
        _ handle: borrowing Handle, _ advertised: [String: ObjectID]
    ) throws(GitError) -> String? {
        var name = git_buf()
        guard git_remote_default_branch(&name, handle.pointer) == 0 else { return nil }
        defer { git_buf_dispose(&name) }
        let text = name.ptr.map { String(cString: $0) } ?? ""
        return advertised[text] == nil ? nil : text
    }
}

extension Remote {
    fileprivate func mirrors(_ name: String) -> Bool {
        references.contains { pattern in
            pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
        }
    }
}

private func isValidReference(_ name: String) -> Bool {
    var valid: Int32 = 0
    return git_reference_name_is_valid(&valid, name) == 0 && valid == 1
}
