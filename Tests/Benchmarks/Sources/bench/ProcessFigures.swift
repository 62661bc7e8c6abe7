import Foundation
import Glibc

/// What the kernel says of a process that runs (proc(5)).
struct ProcessFigures {
    let process: pid_t
    init(_ process: pid_t) { self.process = process }

    /// Bytes that are resident now.
    var memory: Double {
        let pages = text("statm").split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
        return pages * Double(getpagesize())
    }
    /// The same, with what it shares divided among those who share it.
    var share: Double {
        let line = text("smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan) * 1024
    }
    /// Seconds, in user and kernel mode together.
    var cpu: Double {
        let times = stat.dropFirst(11).prefix(2).compactMap { Double($0) }
        return times.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
    var parent: pid_t? { stat.dropFirst().first.flatMap { pid_t($0) } }
    var arguments: [String] {
        let data = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
    /// A variable of its environment.
    func variable(_ name: String) -> String? {
        let data = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.first {
            $0.hasPrefix("\(name)=")
        }.map { String($0.dropFirst(name.count + 1)) }
    }
    /// From the state on: the name before it may hold anything.
    private var stat: [Substring] {
        let text = text("stat")
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// Of one core, while nothing is asked of it.
    func load(over seconds: Double) -> Double {
        let before = cpu
        usleep(UInt32(seconds * 1e6))
        return (cpu - before) / seconds
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/\(name)", encoding: .utf8)) ?? ""
    }
}
