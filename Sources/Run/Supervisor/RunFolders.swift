import Crypto
import Foundation
import Glibc
import Model

/// The files of all jobs and instances.
struct RunFolders: Sendable {
    let jobs: String
    let instances: String
    let logs: String
    private let trash: Trash

    init(jobs: String, instances: String, logs: String) {
        (self.jobs, self.instances, self.logs) = (jobs, instances, logs)
        trash = Trash("\(instances)/.trash")
    }

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
        let key = id.key.map { "." + SHA256.hash(data: Array($0.utf8)).prefix(5).hex } ?? ""
        return "\(id.project).\(id.name)\(key)"
    }
    func folder(_ id: ResourceID) -> String { "\(instances)/\(Self.name(id))" }
    func folder(_ id: ResourceID, _ serial: Int) -> String { "\(folder(id))/\(serial)" }
    func log(_ id: ResourceID, _ serial: Int) -> String { "\(logs)/\(Self.name(id))/\(serial).log" }
    private func secrets(_ id: ResourceID, _ version: String) -> String { "\(folder(id))/\(version).secrets" }

    /// Returns once it would outlast a power cut.
    func save(_ file: JobFile) async throws(EngineError) {
        let path = "\(jobs)/\(Self.name(file.id)).json"
        try await Disk.shared.perform { () throws(EngineError) in
            try Files.replace(path, with: Self.encode(file, path), lasts: true)
        }
    }
    /// In memory, which no power cut spares.
    func save(_ file: InstanceFile) throws(EngineError) {
        let path = "\(folder(file.id, file.serial))/instance.json"
        try Files.replace(path, with: Self.encode(file, path))
    }
    private static func encode(_ file: some Encodable, _ path: String) throws(EngineError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(file) else {
            throw EngineError(.waitForChange, "'\(path.escapedForDisplay)' has no form")
        }
        return Array(data)
    }

    func remove(_ id: ResourceID) throws(EngineError) {
        try trash.take(folder(id))
        unlink("\(jobs)/\(Self.name(id)).json")
        try? FileManager.default.removeItem(atPath: "\(logs)/\(Self.name(id))")
    }
    /// What is left of a job that nothing else is known of.
    func removeFolder(_ name: String) throws(EngineError) { try trash.take("\(instances)/\(name)") }
    func remove(_ id: ResourceID, _ serial: Int) throws(EngineError) { try trash.take(folder(id, serial)) }
    /// Takes away what an instance's user may have filled.
    func discard(_ path: String) throws(EngineError) { try trash.take(path) }
    func emptyTrash() { trash.emptyLater() }

    /// Keeps the logs of these instances, and of the last few that are gone.
    func pruneLogs(_ id: ResourceID, keeping serials: Set<Int>) {
        let folder = "\(logs)/\(Self.name(id))"
        // What can't be listed now is pruned after the next one has gone.
        guard let names = try? Files.names(in: folder) else { return }
        let files = Dictionary(grouping: names) { Int($0.prefix { $0.isNumber }) ?? 0 }
        for serial in files.keys.filter({ !serials.contains($0) }).sorted().dropLast(5) {
            for file in files[serial] ?? [] { unlink("\(folder)/\(file)") }
        }
    }

    func makeFolder(_ id: ResourceID, _ serial: Int) throws(EngineError) {
        try Self.make(folder(id), folder(id, serial), mode: 0o711)
        try Self.make("\(logs)/\(Self.name(id))", mode: 0o700)
    }
    private static func make(_ paths: String..., mode: mode_t) throws(EngineError) {
        for path in paths where mkdir(path, mode) != 0 && errno != EEXIST {
            throw EngineError(cannot: "make", path, errno)
        }
    }

    func saveSecrets(_ values: SecretValues, _ id: ResourceID, _ version: String) throws(EngineError) {
        try Self.make(folder(id), mode: 0o711)
        try Files.replace(secrets(id, version), with: values.bytes)
    }
    /// Nil where they are gone: with a reboot.
    func loadSecrets(_ id: ResourceID, _ version: String) throws(EngineError) -> SecretValues? {
        try Files.read(secrets(id, version)).flatMap { SecretValues($0) }
    }
    func hasSecrets(_ id: ResourceID, _ version: String) -> Bool { access(secrets(id, version), F_OK) == 0 }
    func removeSecrets(_ id: ResourceID, _ version: String) { unlink(secrets(id, version)) }
}
