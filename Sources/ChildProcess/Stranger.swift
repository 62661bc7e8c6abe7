import CChildProcess
import Foundation
import Glibc

/// A process that somebody else started. It is held by a descriptor where one can be had, so that its id can't come
/// to mean another one.
package final class Stranger: Sendable {
    package let pid: Int32
    private let start: UInt64
    /// Nil where descriptors have run out, or the kernel has none for processes.
    private let descriptor: Descriptor?

    /// Nil where no such process is there, or it began at another time than this (in clock ticks since the machine
    /// was started), so that the id belongs to another by now.
    package init?(pid: Int32, startedAt start: UInt64) {
        guard pid > 1 else { return nil }
        let number = child_descriptor(pid)
        if number < 0, errno == ESRCH { return nil }
        (self.pid, self.start) = (pid, start)
        descriptor = number < 0 ? nil : Descriptor(number)
        guard isAlive else { return nil }
    }

    /// What can't be told is taken for alive: only what has ended for sure is started again.
    private var isAlive: Bool {
        switch Self.look(at: pid) {
        case .began(let start): start == self.start
        case .ended: false
        case .untold: true
        }
    }

    /// Whether it has ended; false where the task was cancelled first.
    package func waitForExit() async -> Bool {
        while isAlive {
            await descriptor?.waitUntilReadable()
            guard !Task.isCancelled else { return false }
            if isAlive { try? await Task.sleep(for: .milliseconds(50)) }
        }
        return true
    }

    package func terminate() { signal(SIGTERM) }
    package func kill() { signal(SIGKILL) }
    private func signal(_ number: Int32) {
        if let descriptor {
            child_signal(descriptor.number, number)
        } else if isAlive {
            _ = Glibc.kill(pid, number)
        }
    }

    private enum Look {
        case began(UInt64)
        case ended, untold
    }

    /// A process that has ended, and waits for its parent to notice, has ended.
    private static func look(at pid: Int32) -> Look {
        let file = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno == ENOENT || errno == ESRCH ? .ended : .untold }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return count < 0 && errno == ESRCH ? .ended : .untold }
        // The name may hold spaces and brackets; then come the state and, as the twentieth field, the start.
        guard let name = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return .untold }
        let fields = String(decoding: bytes[name..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 20, let start = UInt64(fields[20]) else { return .untold }
        return fields[1] == "Z" || fields[1] == "X" ? .ended : .began(start)
    }

    /// When a process began, in clock ticks since the machine was started; nil where there is none.
    package static func start(of pid: Int32) -> UInt64? {
        if case .began(let start) = look(at: pid) { start } else { nil }
    }

    /// Kills every process of this machine in whose first environment the variable has one of these values, until none
    /// is found. False where some could not be looked at, or there are always more.
    package static func killAll(with variable: String, _ values: Set<String>) -> Bool {
        let entries = Set(values.map { Array("\(variable)=\($0)".utf8) })
        for _ in 0..<20 {
            guard let found = processes(with: entries) else { return false }
            if found.isEmpty { return true }
            for process in found { process.kill() }
            // What they had forked by then is found by the next look, and so are they until they are gone.
            usleep(1000)
        }
        return false
    }

    /// Nil where some could not be looked at.
    private static func processes(with entries: Set<[UInt8]>) -> [Stranger]? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else { return nil }
        var found: [Stranger] = []
        for pid in names.compactMap({ Int32($0) }) where pid > 1 {
            guard let environment = environment(of: pid) else { return nil }
            guard environment.split(separator: 0).contains(where: { entries.contains(Array($0)) }) else {
                continue
            }
            if let start = start(of: pid), let process = Stranger(pid: pid, startedAt: start) {
                found.append(process)
            }
        }
        return found
    }

    /// Empty where there is none, or it is not for us to see; nil where that can't be told.
    private static func environment(of pid: Int32) -> [UInt8]? {
        let file = open("/proc/\(pid)/environ", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? nil : [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 13)
        while true {
            let count = read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return bytes }
            bytes += piece.prefix(count)
        }
    }
}
