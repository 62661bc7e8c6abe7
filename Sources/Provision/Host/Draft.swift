import CHost
import Crypto
import Glibc
import Model

/// One step's object, made whole under a temporary name beside its place and then given its own.
struct Draft {
    let key: FingerprintKey
    let step: Step
    let spec: HostSpec
    let numbers: HostOwner.Numbers?
    let site: Site

    private var name: String { key.temporaryName(step.intent, step.id) }
    private var path: String { site.place.path }
    private var folder: Int32 { site.folder.number }

    /// A new name never takes the place of what has appeared meanwhile.
    func make(_ content: FileContent, isNew: Bool) throws(EngineError) -> HostState {
        let fingerprint =
            switch spec.kind {
            case .file: content.digest { key.fingerprint(SHA256.hash(data: $0)) }
            case .symlink: key.fingerprint(text: spec.target ?? "")
            case .directory: Fingerprint.none
            }
        if spec.kind == .directory || spec.keepsContent, !isNew {
            return try change(HostState(step.observation.state)?.fingerprint ?? fingerprint)
        }
        guard !spec.keepsContent else {
            throw EngineError(.retry, at: path, "is gone, and its content with it")
        }
        do throws(EngineError) {
            let status = try write(content, fingerprint)
            try isNew ? publishNew() : replace()
            return HostState(spec.kind, status, fingerprint, at: path)
        } catch {
            unlinkat(folder, name, spec.kind == .directory ? AT_REMOVEDIR : 0)
            throw error
        }
    }

    private func write(_ content: FileContent, _ fingerprint: Fingerprint) throws(EngineError) -> stat {
        switch spec.kind {
        case .file:
            guard let file = site.folder.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) else {
                throw EngineError(cannot: "write", path, errno)
            }
            let code = content.write(to: file)
            guard code == 0 else { throw EngineError(cannot: "write", path, code) }
            mark(file, fingerprint)
            let status = try dress(file)
            guard fsync(file.number) == 0 else { throw EngineError(cannot: "write", path, errno) }
            return status
        case .directory:
            guard mkdirat(folder, name, 0o700) == 0, let made = site.folder.open(name, O_RDONLY | O_DIRECTORY)
            else { throw EngineError(cannot: "make", path, errno) }
            mark(made, fingerprint)
            return try dress(made)
        case .symlink:
            guard symlinkat(spec.target ?? "", folder, name) == 0, let status = site.folder.status(of: name)
            else { throw EngineError(cannot: "make", path, errno) }
            return status
        }
    }

    /// In place: what is in it stays.
    private func change(_ fingerprint: Fingerprint) throws(EngineError) -> HostState {
        guard let found = site.folder.open(site.place.name, chost_o_path) else {
            throw EngineError(cannot: "change", path, errno)
        }
        guard found.status.flatMap(HostKind.init) == spec.kind else {
            throw EngineError(.retry, at: path, "changed while it was looked at")
        }
        let status = try dress(found)
        if let readable = site.folder.open(site.place.name, O_RDONLY | O_NONBLOCK) {
            mark(readable, fingerprint)
        }
        return HostState(spec.kind, status, fingerprint, at: path)
    }

    /// Owner and mode; works for a descriptor that only names a place.
    private func dress(_ object: Descriptor) throws(EngineError) -> stat {
        if numbers?.user != nil || numbers?.group != nil {
            let (user, group) = (numbers?.user ?? uid_t.max, numbers?.group ?? gid_t.max)
            guard fchownat(object.number, "", user, group, chost_at_empty_path) == 0 else {
                throw EngineError(
                    cannot: "give its owner to", path, errno, hint: "only root may give files away")
            }
        }
        let mode = mode_t(spec.mode ?? 0)
        guard fchmod(object.number, mode) == 0 || errno == EBADF && chmod(object.procPath, mode) == 0 else {
            throw EngineError(cannot: "set the mode of", path, errno)
        }
        guard let status = object.status else { throw EngineError(cannot: "look at", path, errno) }
        return status
    }
    /// Best effort: not every file system has extended attributes.
    private func mark(_ object: Descriptor, _ fingerprint: Fingerprint) {
        let mark = key.mark(step.intent, step.id, fingerprint)
        _ = chost_set_mark(object.number, mark, mark.count)
    }

    private func publishNew() throws(EngineError) {
        if chost_rename_new(folder, name, site.place.name) == 0 { return }
        switch errno {
        case EEXIST: throw .notOurs(path)
        case EINVAL, ENOSYS: try publishNewBySteps()
        case let code: throw EngineError(cannot: "make", path, code)
        }
    }
    /// Where the file system has no rename that spares what exists.
    private func publishNewBySteps() throws(EngineError) {
        if spec.kind == .directory {
            guard mkdirat(folder, site.place.name, 0o700) == 0 else { throw failure(errno) }
            guard renameat(folder, name, folder, site.place.name) == 0 else { throw failure(errno) }
            return
        }
        guard linkat(folder, name, folder, site.place.name, 0) == 0 else { throw failure(errno) }
        unlinkat(folder, name, 0)
    }
    private func failure(_ code: Int32) -> EngineError {
        code == EEXIST ? .notOurs(path) : EngineError(cannot: "make", path, code)
    }

    private func replace() throws(EngineError) {
        guard renameat(folder, name, folder, site.place.name) == 0 else {
            throw EngineError(cannot: "replace", path, errno)
        }
    }
}
