import Crypto
import Foundation
import Glibc
import Model

/// Limits of cpu and memory, by cgroups: of version 2 where the controller's own lists both, else of version 1 where
/// they are mounted and writable, else none.
package struct Limiter: Sendable {
    private enum Form: Sendable {
        case unified(String)
        /// Either may be missing.
        case split(memory: String?, cpu: String?)
        case none
    }
    private let form: Form

    /// Where an instance's processes are counted.
    struct Place: Sendable {
        /// Files that take a process in.
        var entries: [String] = []
        /// Counts what was killed for lack of memory.
        var memoryEvents: String?
    }

    /// - Parameter folder: told apart from other controllers of the machine by it.
    init(isUsed: Bool, for folder: String) {
        let name = "martlet-" + SHA256.hash(data: Array(folder.utf8)).hex(4)
        form = isUsed ? Self.unified(name) ?? Self.split(name) : .none
    }

    /// What is in force, for people.
    package var description: String {
        switch form {
        case .unified: "cpu and memory by cgroup v2"
        case .split(_?, _?): "cpu and memory by cgroup v1"
        case .split(_?, nil): "memory by cgroup v1; cpu has no limit"
        case .split(nil, _?): "cpu by cgroup v1; memory has no limit"
        case .split, .none: "none: no cgroup is writable"
        }
    }

    /// Makes a cgroup for one instance. Best effort: without one there is no limit.
    func place(_ name: String, cpu: Int?, memory: ByteSize?) -> Place {
        var place = Place()
        switch form {
        case .none: break
        case .unified(let root):
            let folder = "\(root)/\(name)"
            guard Self.make(folder) else { break }
            Self.set("memory.max", memory.map { String($0.bytes) } ?? "max", in: folder)
            // The kernel's own mapping of shares, 2 to 262144, to weights, 1 to 10000.
            Self.set(
                "cpu.weight", String(cpu.map { 1 + (max(2, min($0, 262_144)) - 2) * 9999 / 262_142 } ?? 100),
                in: folder)
            place = Place(entries: ["\(folder)/cgroup.procs"], memoryEvents: "\(folder)/memory.events")
        case .split(let memoryRoot, let cpuRoot):
            for root in [memoryRoot, cpuRoot].compactMap(\.self) { _ = Self.make(root) }
            if let folder = memoryRoot.map({ "\($0)/\(name)" }), memory != nil, Self.make(folder) {
                Self.set("memory.limit_in_bytes", String(memory?.bytes ?? -1), in: folder)
                place.entries.append("\(folder)/cgroup.procs")
                place.memoryEvents = "\(folder)/memory.oom_control"
            }
            if let folder = cpuRoot.map({ "\($0)/\(name)" }), let cpu, Self.make(folder) {
                Self.set("cpu.shares", String(max(2, min(cpu, 262_144))), in: folder)
                place.entries.append("\(folder)/cgroup.procs")
            }
        }
        return place
    }

    func remove(_ name: String) {
        switch form {
        case .none: break
        case .unified(let root): rmdir("\(root)/\(name)")
        case .split(let memory, let cpu):
            for root in [memory, cpu].compactMap(\.self) {
                rmdir("\(root)/\(name)")
                // Goes with the last of them.
                rmdir(root)
            }
        }
    }

    private static func make(_ folder: String) -> Bool { mkdir(folder, 0o755) == 0 || errno == EEXIST }
    @discardableResult
    private static func set(_ file: String, _ text: String, in folder: String) -> Bool {
        let number = open("\(folder)/\(file)", O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { return false }
        defer { close(number) }
        return write(number, text, text.utf8.count) >= 0
    }
    private static func words(_ path: String) -> Set<String> {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
    /// This process's own cgroup, by controller; the empty name is version 2.
    private static var own: [String: String] {
        let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        var own: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for name in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                own[String(name)] = parts[2] == "/" ? "" : String(parts[2])
            }
        }
        return own
    }

    /// Controllers can be handed on only by a cgroup with no process of its own: the controller moves into a leaf.
    private static func unified(_ name: String) -> Form? {
        guard let path = own[""] else { return nil }
        var base = "/sys/fs/cgroup\(path)"
        if base.hasSuffix("/controller") { base.removeLast("/controller".count) }
        guard words("\(base)/cgroup.controllers").isSuperset(of: ["cpu", "memory"]) else { return nil }
        if !path.isEmpty {
            guard make("\(base)/controller"), set("cgroup.procs", "0", in: "\(base)/controller") else {
                return nil
            }
        }
        let root = "\(base)/\(name)"
        guard set("cgroup.subtree_control", "+cpu +memory", in: base), make(root),
            set("cgroup.subtree_control", "+cpu +memory", in: root)
        else { return nil }
        return .unified(root)
    }

    private static func split(_ name: String) -> Form {
        func root(_ controller: String) -> String? {
            guard let path = own[controller] else { return nil }
            let root = "/sys/fs/cgroup/\(controller)\(path)/\(name)"
            return make(root) && access(root, W_OK) == 0 ? root : nil
        }
        return .split(memory: root("memory"), cpu: root("cpu"))
    }
}
