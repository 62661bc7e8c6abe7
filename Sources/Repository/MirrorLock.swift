import Foundation
import Glibc

/// Keeps two fetches from working on one mirror. The kernel gives it back when the process ends, however it ends.
final class MirrorLock {
    private let descriptor: Int32

    init(_ folder: String, _ operation: String) throws(GitError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw GitError(
                .other, operation, "folder '\(folder)' can't be made", hint: "check its owner and mode")
        }
        let opened = open(folder + "/martlet.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw GitError(errno: errno, operation) }
        descriptor = opened
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw GitError(.busy, operation, "another process fetches into '\(folder)'")
        }
        clearLeftovers(of: folder)
    }
    deinit { close(descriptor) }

    /// A fetch that was killed leaves git's own lock files and half a pack; who holds this lock may remove them.
    private func clearLeftovers(of folder: String) {
        let files = FileManager.default
        let names = ["HEAD", "config", "packed-refs"].map { "\($0).lock" }
        let references = (files.enumerator(atPath: folder + "/refs")?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".lock") }.map { "refs/\($0)" }
        let packs = ((try? files.contentsOfDirectory(atPath: folder + "/objects/pack")) ?? [])
            .filter { $0.contains("_git2_") }.map { "objects/pack/\($0)" }
        for name in names + references + packs { unlink("\(folder)/\(name)") }
    }
}
