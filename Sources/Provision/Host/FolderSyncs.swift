import Glibc
import Model

/// Makes new names in folders last.
struct FolderSyncs: Sendable {
    /// What went wrong, if anything did; a folder that may not be read can't be synced, and is left.
    func sync(_ folder: Descriptor, _ place: Place) -> EngineError? {
        guard let readable = folder.open(".", O_RDONLY | O_DIRECTORY) else { return nil }
        guard fsync(readable.number) != 0, errno != EINVAL else { return nil }
        return EngineError(cannot: "sync the folder of", place.path, errno)
    }
}
