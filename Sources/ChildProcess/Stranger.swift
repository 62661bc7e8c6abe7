import CChildProcess
import Foundation
import Glibc

/// A process that somebody else started, held by a descriptor: its id can't come to mean another one.
package final class Stranger: Sendable {
    package let pid: Int32
    private let descriptor: Descriptor

    /// Nil where no such process is there, or it began at another time than this (in clock ticks since the machine
    /// was started), so that the id belongs to another by now.
    package init?(pid: Int32, startedAt start: UInt64) {
        guard pid > 1 else { return nil }
        let number = child_descriptor(pid)
        guard number >= 0 else { return nil }
        (self.pid, descriptor) = (pid, Descriptor(number))
        guard Self.start(of: pid) == start else { return nil }
    }

    /// Whether it has ended; false where the task was cancelled first.
    package func waitForExit() async -> Bool {
        await descriptor.waitUntilReadable()
    }

    package func terminate() { child_signal(descriptor.number, SIGTERM) }
    package func kill() { child_signal(descriptor.number, SIGKILL) }

    /// When a process began, in clock ticks since the machine was started; nil where there is none, or it has ended
    /// and waits for its parent to notice.
    package static func start(of pid: Int32) -> UInt64? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // The name may hold spaces and brackets; then come the state and, as the twentieth field, the start.
        let fields = text[name...].split(separator: " ")
        guard fields.count > 20, fields[1] != "Z", fields[1] != "X" else { return nil }
        return UInt64(fields[20])
    }

    /// Kills every process of this machine in whose first environment the variable has this value.
    package static func killAll(with variable: String, _ value: String) {
        let entry = Array("\(variable)=\(value)".utf8)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int32(name), pid > 1, let start = start(of: pid),
                let environment = FileManager.default.contents(atPath: "/proc/\(name)/environ"),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(entry) })
            else { continue }
            Stranger(pid: pid, startedAt: start)?.kill()
        }
    }
}
