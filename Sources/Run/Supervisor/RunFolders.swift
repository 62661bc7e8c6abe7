import Crypto
import Foundation
import Glibc
import Model

/// The files of all jobs and instances.
struct RunFolders: Sendable {
    let jobs: String
    let instances: String
    let logs: String

    func create() throws(EngineError) {
        try make(jobs, mode: 0o700)
        // Users other than the controller's own must come by, to their own folders.
        try make(instances, mode: 0o711)
        try make(logs, mode: 0o700)
    }
    private func make(_ path: String, mode: mode_t) throws(EngineError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw EngineError(cannot: "make", path, errno) }
        guard chmod(path, mode) == 0 else { throw EngineError(cannot: "set the mode of", path, errno) }
    }

    /// A folder's name for a job: `shop.web`, and a hash of the key where it has one, because keys are free text.
    static func name(_ id: ResourceID) -> String {
        let key = id.key.map { "." + SHA256.hash(data: Array($0.utf8)).hex(5) } ?? ""
        return "\(id.project).\(id.name)\(key)"
    }
    func folder(_ id: ResourceID) -> String { "\(instances)/\(Self.name(id))" }
    func folder(_ id: ResourceID, _ serial: Int) -> String { "\(folder(id))/\(serial)" }
    func log(_ id: ResourceID, _ serial: Int) -> String { "\(logs)/\(Self.name(id))/\(serial).log" }
    private func path(_ id: ResourceID) -> String { "\(jobs)/\(Self.name(id)).json" }
    private func secrets(_ id: ResourceID, _ version: String) -> String { "\(folder(id))/\(version).secrets" }

    func save(_ file: JobFile) throws(EngineError) { try write(file, to: path(file.id)) }
    func save(_ file: InstanceFile) throws(EngineError) {
        try write(file, to: "\(folder(file.id, file.serial))/instance.json")
    }
    private func write(_ file: some Encodable, to path: String) throws(EngineError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(file) else {
            throw EngineError(.waitForChange, "'\(path.escapedForDisplay)' has no form")
        }
        try replace(path, with: Array(data), mode: 0o600)
    }
    /// Whole or not at all.
    func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(EngineError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw EngineError(cannot: "write", path, errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = count < 0 ? errno : ENOSPC
                close(file)
                unlink(temporary)
                throw EngineError(cannot: "write", path, code)
            }
            rest = rest.dropFirst(count)
        }
        close(file)
        guard rename(temporary, path) == 0 else { throw EngineError(cannot: "write", path, errno) }
    }

    struct Contents {
        var jobs: [JobFile] = []
        var instances: [InstanceFile] = []
        /// Jobs, by their folders' names, of which something is there and can't be read: nothing may be done about
        /// them. And why.
        var unreadable: [String: EngineError] = [:]
    }

    /// All that the folders hold: jobs, and instances of whatever job.
    func load() -> Contents {
        var contents = Contents()
        for file in names(in: jobs) where file.hasSuffix(".json") {
            let name = String(file.dropLast(5))
            do throws(EngineError) {
                try contents.jobs += [read(JobFile.self, "\(jobs)/\(file)")].compactMap(\.self)
            } catch {
                contents.unreadable[name] = error
            }
        }
        for job in names(in: instances) {
            for serial in names(in: "\(instances)/\(job)") where Int(serial) != nil {
                do throws(EngineError) {
                    let folder = "\(instances)/\(job)/\(serial)"
                    if let file = try read(InstanceFile.self, "\(folder)/instance.json") {
                        contents.instances.append(file)
                    } else {
                        // Nothing was started in it: a controller was killed while it made it, or took it away.
                        try? FileManager.default.removeItem(atPath: folder)
                    }
                } catch { contents.unreadable[job] = error }
            }
        }
        return contents
    }
    /// Nil where there is none.
    private func read<File: RunFile>(_ type: File.Type, _ path: String) throws(EngineError) -> File? {
        guard let data = FileManager.default.contents(atPath: path) else {
            guard access(path, F_OK) == 0 else { return nil }
            throw EngineError(cannot: "read", path, errno)
        }
        guard let file = try? JSONDecoder().decode(type, from: data), file.format <= File.latest else {
            throw EngineError(
                .waitForChange, "'\(path.escapedForDisplay)' is of no form that this version knows",
                hint: "a newer martlet may have written it; nothing is done about its job")
        }
        return file
    }
    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
    func remove(_ id: ResourceID) {
        unlink(path(id))
        try? FileManager.default.removeItem(atPath: folder(id))
        try? FileManager.default.removeItem(atPath: "\(logs)/\(Self.name(id))")
    }
    /// Keeps the logs of these instances, and of the last few that are gone.
    func pruneLogs(_ id: ResourceID, keeping serials: Set<Int>) {
        let folder = "\(logs)/\(Self.name(id))"
        let files = Dictionary(grouping: names(in: folder)) { Int($0.prefix { $0.isNumber }) ?? 0 }
        for serial in files.keys.filter({ !serials.contains($0) }).sorted().dropLast(5) {
            for file in files[serial] ?? [] { unlink("\(folder)/\(file)") }
        }
    }
    func remove(_ id: ResourceID, _ serial: Int) {
        try? FileManager.default.removeItem(atPath: folder(id, serial))
    }

    func makeFolder(_ id: ResourceID, _ serial: Int) throws(EngineError) {
        for path in [folder(id), folder(id, serial)] where mkdir(path, 0o711) != 0 && errno != EEXIST {
            throw EngineError(cannot: "make", path, errno)
        }
        let logs = "\(logs)/\(Self.name(id))"
        if mkdir(logs, 0o700) != 0, errno != EEXIST { throw EngineError(cannot: "make", logs, errno) }
    }

    func saveSecrets(_ values: SecretValues, _ id: ResourceID, _ version: String) throws(EngineError) {
        if mkdir(folder(id), 0o711) != 0, errno != EEXIST {
            throw EngineError(cannot: "make", folder(id), errno)
        }
        try replace(secrets(id, version), with: values.bytes, mode: 0o600)
    }
    /// Nil where they are gone: with a reboot.
    func loadSecrets(_ id: ResourceID, _ version: String) -> SecretValues? {
        FileManager.default.contents(atPath: secrets(id, version)).flatMap { SecretValues(Array($0)) }
    }
    func hasSecrets(_ id: ResourceID, _ version: String) -> Bool { access(secrets(id, version), F_OK) == 0 }
    func removeSecrets(_ id: ResourceID, _ version: String) { unlink(secrets(id, version)) }
}

extension EngineError {
    /// `cannot write '/run/a': no space left on device`.
    init(cannot action: String, _ path: String, _ code: Int32) {
        let reason = String(cString: strerror(code))
        self.init(
            .retry,
            "cannot \(action) '\(path.escapedForDisplay)': \(reason.prefix(1).lowercased() + reason.dropFirst())"
        )
    }
}

/// A file whose form may change with a later version.
protocol RunFile: Codable {
    static var latest: Int { get }
    var format: Int { get }
}
