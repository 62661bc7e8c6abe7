import Foundation

/// What the kernel says of a process's memory, in bytes.
struct ProcessMemory {
    var resident: Int
    var peak: Int

    /// Nil where there is no such process, or it is a zombie.
    init?(of pid: Int32) {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let resident = Self.kibibytes("VmRSS:", in: status),
            let peak = Self.kibibytes("VmHWM:", in: status)
        else { return nil }
        (self.resident, self.peak) = (resident << 10, peak << 10)
    }

    private static func kibibytes(_ name: String, in status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
    }
}
