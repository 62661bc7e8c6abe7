import ChildProcess
import Crypto
import Foundation
import Glibc
import Model
import Synchronization

/// Limits of cpu and memory, by cgroups: of version 2 where the controller's own lists both, else of version 1 where
/// they are mounted and writable, else none. Looking changes nothing; `prepare` does, once, for who runs jobs.
package final class Limiter: Sendable {
    private enum Form: Sendable {
        /// The cgroup that the controller was started in, and the one that instances' own are in.
        case unified(base: String, root: String)
        /// Either may be missing.
        case split(memory: String?, cpu: String?)
        case none
    }
    private struct State {
        /// Why there are no limits, though there should be.
        var problem: String?
        /// Could not be removed yet: their processes are about to end.
        var left: Set<String> = []
    }
    private let form: Form
    private let isUsed: Bool
    private let state = Mutex(State())

    /// Where an instance's processes are counted.
    struct Place: Sendable {
        /// Files that take a process in.
        var entries: [String] = []
        /// Counts what was killed for lack of memory.
        var memoryEvents: String?
        /// Why what was asked for does not hold.
        var problem: String?
    }

    /// - Parameters:
    ///   - mount: where cgroups are mounted; nil for none.
    ///   - folder: told apart from other controllers of the machine by it.
    init(at mount: String?, for folder: String) {
        isUsed = mount != nil
        let name = "martlet-" + SHA256.hash(data: Array(folder.utf8)).prefix(4).hex
        form = mount.map { Self.unified(name, at: $0) ?? Self.split(name, at: $0) } ?? .none
    }

    /// What is in force, for people.
    package var description: String {
        if let problem = state.withLock({ $0.problem }) { return "none: \(problem)" }
        return switch form {
        case .unified: "cpu and memory by cgroup v2"
        case .split(_?, _?): "cpu and memory by cgroup v1"
        case .split(_?, nil): "memory by cgroup v1; cpu has no limit"
        case .split(nil, _?): "cpu by cgroup v1; memory has no limit"
        case .split, .none: "none: no cgroup is writable"
        }
    }

    /// Makes room for the instances' cgroups, and removes what is left of earlier ones.
    func prepare() {
        do throws(EngineError) {
            switch form {
            case .none: break
            case .unified(let base, let root): try Self.delegate(base, root)
            case .split: try makeRoots()
            }
        } catch { state.withLock { $0.problem = error.message } }
        for root in roots {
            // One with processes in it can't be removed, and one without is made again when it is needed.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] {
                rmdir("\(root)/\(name)")
            }
        }
    }

    /// Makes a cgroup for one instance, which runs without a limit where that can't be.
    func place(_ name: String, cpu: Int?, memory: ByteSize?) -> Place {
        guard isUsed, cpu != nil || memory != nil else { return Place() }
        if let problem = state.withLock({ $0.problem }) { return Place(problem: problem) }
        var place = Place()
        do throws(EngineError) {
            switch form {
            case .none: throw EngineError(.retry, "no cgroup is writable")
            case .unified(_, let root):
                try limit(&place, "\(root)/\(name)", cpu: cpu, memory: memory)
            case .split(let memoryRoot, let cpuRoot):
                try makeRoots()
                if let memory { try limit(&place, memoryRoot.map { "\($0)/\(name)" }, memory: memory) }
                if let cpu { try limit(&place, cpuRoot.map { "\($0)/\(name)" }, cpu: cpu) }
            }
        } catch { place.problem = error.message }
        return place
    }

    private func limit(_ place: inout Place, _ folder: String, cpu: Int?, memory: ByteSize?)
        throws(EngineError)
    {
        try Self.make(folder)
        try Self.set("memory.max", memory.map { String($0.bytes) } ?? "max", in: folder)
        place.memoryEvents = "\(folder)/memory.events"
        // The kernel's own mapping of shares, 2 to 262144, to weights, 1 to 10000.
        let weight = cpu.map { 1 + (max(2, min($0, 262_144)) - 2) * 9999 / 262_142 } ?? 100
        place.entries.append("\(folder)/cgroup.procs")
        try Self.set("cpu.weight", String(weight), in: folder)
    }
    private func limit(_ place: inout Place, _ folder: String?, memory: ByteSize) throws(EngineError) {
        guard let folder else { throw EngineError(.retry, "no cgroup of memory is writable") }
        try Self.make(folder)
        try Self.set("memory.limit_in_bytes", String(memory.bytes), in: folder)
        place.entries.append("\(folder)/cgroup.procs")
        place.memoryEvents = "\(folder)/memory.oom_control"
    }
    private func limit(_ place: inout Place, _ folder: String?, cpu: Int) throws(EngineError) {
        guard let folder else { throw EngineError(.retry, "no cgroup of cpu is writable") }
        try Self.make(folder)
        try Self.set("cpu.shares", String(max(2, min(cpu, 262_144))), in: folder)
        place.entries.append("\(folder)/cgroup.procs")
    }

    /// Kills what is in an instance's cgroups.
    func kill(_ name: String) {
        for root in roots {
            let path = "\(root)/\(name)/cgroup.procs"
            // Held by descriptors first, and then asked again: a process id may come to mean another process.
            let held = Self.words(path).compactMap { Int32($0) }.compactMap { pid in
                Stranger.start(of: pid).flatMap { Stranger(pid: pid, startedAt: $0) }
            }
            let still = Self.words(path)
            for process in held where still.contains(String(process.pid)) { process.kill() }
        }
    }

    func remove(_ name: String) {
        state.withLock { state in
            state.left.insert(name)
            for name in state.left {
                let isLeft = roots.contains { rmdir("\($0)/\(name)") != 0 && errno == EBUSY }
                if !isLeft { state.left.remove(name) }
            }
        }
        if case .split = form {
            // Goes with the last of them.
            for root in roots { rmdir(root) }
        }
    }

    private func makeRoots() throws(EngineError) { for root in roots { try Self.make(root) } }
    private var roots: [String] {
        switch form {
        case .unified(_, let root): [root]
        case .split(let memory, let cpu): [memory, cpu].compactMap(\.self)
        case .none: []
        }
    }
}

extension Limiter {
    private static func make(_ folder: String) throws(EngineError) {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw EngineError(cannot: "make", folder, errno)
        }
    }
    private static func set(_ file: String, _ text: String, in folder: String) throws(EngineError) {
        let path = "\(folder)/\(file)"
        let number = open(path, O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { throw EngineError(cannot: "write", path, errno) }
        defer { close(number) }
        guard write(number, text, text.utf8.count) >= 0 else {
            throw EngineError(cannot: "write", path, errno)
        }
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

    private static func unified(_ name: String, at mount: String) -> Form? {
        guard let path = own[""] else { return nil }
        var base = "\(mount)\(path)"
        if base.hasSuffix("/controller") { base.removeLast("/controller".count) }
        guard words("\(base)/cgroup.controllers").isSuperset(of: ["cpu", "memory"]),
            access("\(base)/cgroup.subtree_control", W_OK) == 0
        else { return nil }
        return .unified(base: base, root: "\(base)/\(name)")
    }

    /// Controllers can be handed on only by a cgroup with no process of its own: the controller moves into a leaf, and
    /// back where others stay.
    private static func delegate(_ base: String, _ root: String) throws(EngineError) {
        let isRoot = access("\(base)/cgroup.type", F_OK) != 0
        let leaf = "\(base)/controller"
        if !isRoot {
            try make(leaf)
            try set("cgroup.procs", "0", in: leaf)
        }
        do throws(EngineError) {
            try set("cgroup.subtree_control", "+cpu +memory", in: base)
            try make(root)
            try set("cgroup.subtree_control", "+cpu +memory", in: root)
        } catch {
            if !isRoot, (try? set("cgroup.procs", "0", in: base)) != nil { rmdir(leaf) }
            throw error
        }
    }

    private static func split(_ name: String, at mount: String) -> Form {
        func root(_ controller: String) -> String? {
            guard let path = own[controller] else { return nil }
            let above = "\(mount)/\(controller)\(path)"
            return access(above, W_OK) == 0 && access("\(above)/cgroup.procs", F_OK) == 0
                ? "\(above)/\(name)" : nil
        }
        let (memory, cpu) = (root("memory"), root("cpu"))
        return memory == nil && cpu == nil ? .none : .split(memory: memory, cpu: cpu)
    }
}
