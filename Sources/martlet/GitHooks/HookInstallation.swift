import Foundation
import Repository

/// Puts hooks into a repository, and keeps what is there: it runs first.
struct HookInstallation {
    /// Where git looks for hooks.
    let folder: String
    /// The absolute path of this program.
    let program: String

    init(_ repository: LocalRepository) async throws {
        let database = try await repository.databaseFolder()
        let configured = try await repository.settings("core.hookspath").last
        let base = try await repository.workFolder() ?? database
        folder =
            configured.map {
                $0.hasPrefix("/") || $0.hasPrefix("~/") ? absolute($0) : absolute("\(base)/\($0)")
            }
            ?? "\(database)/hooks"
        program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(percentEncoded: false)
    }

    /// What was done, on one line.
    func install(_ hook: HookScript) throws -> String {
        let files = FileManager.default
        let (path, earlier) = ("\(folder)/\(hook.rawValue)", "\(folder)/\(hook.rawValue).earlier")
        let text = hook.text(program: program)
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // A link to nowhere is somebody's hook too.
        let isThere = (try? files.attributesOfItem(atPath: path)) != nil
        let present = files.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        if present == text, files.isExecutableFile(atPath: path) {
            return "\(hook.rawValue) is there already"
        }
        let isOurs = present?.contains(HookScript.mark) ?? false
        if isThere, !isOurs {
            guard (try? files.attributesOfItem(atPath: earlier)) == nil else {
                throw OperationError(
                    409, "'\(path)' is not martlet's, and there is a '\(hook.rawValue).earlier' too",
                    hint: "make one of the two")
            }
            try files.moveItem(atPath: path, toPath: earlier)
        }
        let draft = "\(folder)/.\(hook.rawValue).new"
        try Data(text.utf8).write(to: URL(filePath: draft))
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: draft)
        guard rename(draft, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        if isOurs { return "\(hook.rawValue) is renewed" }
        guard isThere else { return "\(hook.rawValue) is installed" }
        let runs =
            files.isExecutableFile(atPath: earlier) ? "runs first" : "is not executable, and does not run"
        return
            "\(hook.rawValue) is installed; the one that was there is \(hook.rawValue).earlier now, and \(runs)"
    }
}
