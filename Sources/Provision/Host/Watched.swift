import Glibc
import Model

/// What the watcher watches. Folders go by their paths without symlinks.
struct Watched {
    struct Folder {
        var watch: Int32
        /// Resources by the name in this folder that leads to them.
        var names: [String: Set<ResourceID>] = [:]
        /// Folders in it that are watched too.
        var folders: Set<String> = []
    }
    struct Watching {
        var path: String
        /// Nil until its folder, or the nearest one above that exists, is watched.
        var folder: String?
        var name = ""
        /// A record says that it stands there.
        var isOurs = false
    }
    private(set) var places: [ResourceID: Watching] = [:]
    /// What replacements have left, and is not deleted yet.
    var left: [ResourceID: Set<String>] = [:]
    private(set) var problem: Diagnostic?
    private var folders: [String: Folder] = [:]
    private var paths: [Int32: String] = [:]
    private var inotify: Int32 = -1
    private var pending: Set<ResourceID> = []
    private var mustResync = false
    private var isFlushDue = false
    private var continuation: AsyncStream<Event>.Continuation?

    private static let mask = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB
            | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

    var folderCount: Int { folders.count }

    /// Whether something was observed before there was anything to watch with.
    mutating func start(_ number: Int32, _ code: Int32, _ continuation: AsyncStream<Event>.Continuation)
        -> Bool
    {
        let hasPlaces = !places.isEmpty
        (folders, paths, pending, places) = ([:], [:], [], [:])
        (inotify, self.continuation, problem) = (number, continuation, nil)
        if number < 0 { complain(code) }
        return hasPlaces
    }
    mutating func stop(_ number: Int32) {
        guard inotify == number else { return }
        (inotify, continuation) = (-1, nil)
        (folders, paths) = ([:], [:])
        for id in places.keys { places[id]?.folder = nil }
    }

    /// Whose objects are recorded there, among those that are watched.
    func owners(of place: Place, besides id: ResourceID) -> [ResourceID] {
        guard let ids = folders[place.folder]?.names[place.name] else { return [] }
        return ids.filter { $0 != id && isOwner($0, of: place.path) }
    }
    private func isOwner(_ id: ResourceID, of path: String) -> Bool {
        places[id].map { $0.isOurs && $0.path == path } ?? false
    }
    /// Whether another's recorded object is there. Looks at all places where the folder is not watched.
    func isTaken(_ place: Place, from id: ResourceID) -> Bool {
        folders[place.folder] == nil
            ? places.keys.contains { $0 != id && isOwner($0, of: place.path) }
            : !owners(of: place, besides: id).isEmpty
    }
    /// Also of what a replacement has left. Looks at all places where nothing is watched.
    func owner(of place: Place, besides id: ResourceID) -> ResourceID? {
        let isHere =
            inotify < 0
            ? places.keys.first { $0 != id && isOwner($0, of: place.path) }
            : owners(of: place, besides: id).first
        return isHere ?? left.first { $0.key != id && $0.value.contains(place.path) }?.key
    }

    /// Whether it is still to be watched at this place.
    mutating func note(_ id: ResourceID, _ place: Place, isOurs: Bool) -> Bool {
        defer {
            places[id]?.isOurs = isOurs
            // It may have gone by another name before.
            if isOurs { for other in owners(of: place, besides: id) { places[other]?.isOurs = false } }
        }
        if let known = places[id] {
            let isWhole = known.folder == place.folder && known.name == place.name
            if known.path == place.path, isWhole || inotify < 0 { return false }
            forget(id)
        }
        places[id] = Watching(path: place.path)
        return inotify >= 0
    }

    mutating func watch(_ id: ResourceID, _ folder: String, _ name: String, _ opened: Descriptor) {
        guard ensure(folder, opened) else { return }
        folders[folder]?.names[name, default: []].insert(id)
        // One text for all that are in it.
        places[id]?.folder = folders.index(forKey: folder).map { folders[$0].key }
        places[id]?.name = name
    }
    /// Whether the folder is new, so that the ones above it are still to be watched.
    mutating func watch(folderNamed name: String, in folder: String, _ opened: Descriptor) -> Bool {
        let isNew = folders[folder] == nil
        guard ensure(folder, opened) else { return false }
        folders[folder]?.folders.insert(name)
        return isNew
    }
    private mutating func ensure(_ folder: String, _ opened: Descriptor) -> Bool {
        if folders[folder] != nil { return true }
        guard inotify >= 0 else { return false }
        let watch = inotify_add_watch(inotify, opened.procPath, Self.mask)
        guard watch >= 0 else {
            complain(errno)
            return false
        }
        if let other = paths[watch], other != folder { yield(other) }
        folders[folder] = Folder(watch: watch)
        paths[watch] = folder
        return true
    }
    /// One folder under two paths has one watch: who asks last has it. It was moved, or is mounted twice.
    private mutating func yield(_ path: String) {
        guard let folder = folders.removeValue(forKey: path) else { return }
        for id in folder.names.values.joined() { places[id]?.folder = nil }
        let (above, name) = path.splitAtLastSlash
        folders[above]?.folders.remove(name)
    }
    private mutating func complain(_ code: Int32) {
        let limit: String? =
            switch code {
            case ENOSPC: "fs.inotify.max_user_watches"
            case EMFILE: "fs.inotify.max_user_instances"
            default: nil
            }
        let reason =
            limit.map { "the limit \($0) is reached" } ?? "inotify: \(String(cString: strerror(code)))"
        problem = Diagnostic(
            .warning, "some folders are not watched, and only the sweep looks at them: \(reason)",
            hint: limit.map { "raise it with 'sysctl \($0)=NUMBER', then restart the controller" })
    }

    mutating func forget(_ id: ResourceID) {
        guard let place = places.removeValue(forKey: id), let folder = place.folder else { return }
        folders[folder]?.names[place.name]?.remove(id)
        if folders[folder]?.names[place.name]?.isEmpty == true { folders[folder]?.names[place.name] = nil }
        prune(folder)
    }
    /// Ends the watch of a folder that nothing needs any more.
    private mutating func prune(_ path: String) {
        guard let folder = folders[path], folder.names.isEmpty, folder.folders.isEmpty else { return }
        end(path, folder)
        let (above, name) = path.splitAtLastSlash
        guard above != path, folders[above]?.folders.remove(name) != nil else { return }
        prune(above)
    }
    private mutating func end(_ path: String, _ folder: Folder) {
        folders[path] = nil
        paths[folder.watch] = nil
        inotify_rm_watch(inotify, folder.watch)
    }

    /// Whether a flush is to be ordered.
    mutating func announce(_ ids: Set<ResourceID>) -> Bool {
        guard continuation != nil else { return false }
        pending.formUnion(ids)
        return orderFlush()
    }
    private mutating func orderFlush() -> Bool {
        guard !isFlushDue, mustResync || !pending.isEmpty else { return false }
        isFlushDue = true
        return true
    }
    mutating func flush() {
        isFlushDue = false
        if mustResync {
            continuation?.yield(.resync)
        } else if !pending.isEmpty {
            continuation?.yield(.changed(pending))
        }
        (pending, mustResync) = ([], false)
    }

    /// Takes what the kernel wrote: watch, mask, cookie and length of the name, 4 bytes each, then the name.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 16 <= bytes.count {
            let watch = bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)
            let mask = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            offset += 16
            guard offset + length <= bytes.count else { break }
            let name = String(decoding: bytes[offset..<offset + length].prefix { $0 != 0 }, as: UTF8.self)
            offset += length
            take(watch, mask, name)
        }
        return orderFlush()
    }
    private mutating func take(_ watch: Int32, _ mask: UInt32, _ name: String) {
        func has(_ flags: Int32...) -> Bool { flags.contains { mask & UInt32($0) != 0 } }
        if mask & UInt32(IN_Q_OVERFLOW) != 0 {
            mustResync = true
            return
        }
        guard let path = paths[watch] else { return }
        if has(Int32(IN_IGNORED), Int32(IN_DELETE_SELF), Int32(IN_MOVE_SELF), Int32(IN_UNMOUNT)) {
            lose(path)
            return
        }
        pending.formUnion(folders[path]?.names[name] ?? [])
        guard folders[path]?.folders.contains(name) == true else { return }
        let inner = path == "/" ? "/\(name)" : "\(path)/\(name)"
        if has(Int32(IN_DELETE), Int32(IN_MOVED_FROM), Int32(IN_MOVED_TO), Int32(IN_CREATE)) {
            lose(inner)
        } else {
            for (folder, entry) in folders where folder.isInside(inner) {
                pending.formUnion(entry.names.values.joined())
            }
        }
    }
    /// A folder is not where it was: all under it is asked for again, and watched anew where it is found.
    private mutating func lose(_ path: String) {
        for (folder, entry) in folders where folder.isInside(path) {
            let ids = entry.names.values.joined()
            pending.formUnion(ids)
            for id in ids { places[id]?.folder = nil }
            end(folder, entry)
        }
        let (above, name) = path.splitAtLastSlash
        folders[above]?.folders.remove(name)
    }
}
