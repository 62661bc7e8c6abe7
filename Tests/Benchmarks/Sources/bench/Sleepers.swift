import Foundation
import Glibc

/// Programs that sleep, each told from all others of this machine by how long: `sleep` takes the sum of its arguments.
struct Sleepers {
    struct Sleeper: Hashable {
        var process: pid_t
        var index: Int
        var version: Int
    }
    private let mark = Int.random(in: 100_000...999_999)

    func arguments(_ index: Int, version: Int = 1) -> [String] {
        let digits = String(1_000_000 + index).dropFirst()
        return ["\(100_000 + version)", "0.\(mark)\(digits)"]
    }
    /// The second argument up to the index's digits.
    var lastArgumentStart: String { "0.\(mark)" }

    var all: [Sleeper] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.compactMap(sleeper)
    }

    /// What one controller's instances have in memory, `RUN/ENGINE/JOB/NUMBER` each; nil where none runs.
    var runFolder: URL? {
        all.first.flatMap { ProcessFigures($0.process).variable("MARTLET_INSTANCE") }.map { path in
            (0..<3).reduce(URL(filePath: path)) { url, _ in url.deletingLastPathComponent() }
        }
    }

    private func sleeper(_ process: pid_t) -> Sleeper? {
        let arguments = ProcessFigures(process).arguments
        guard arguments.count == 3, arguments[2].hasPrefix(lastArgumentStart),
            let index = Int(arguments[2].dropFirst(lastArgumentStart.count)), let seconds = Int(arguments[1])
        else { return nil }
        return Sleeper(process: process, index: index, version: seconds - 100_000)
    }

    /// Waits until so many are there.
    func wait(for count: Int, within seconds: Double) throws {
        let began = ContinuousClock.now
        while all.count != count {
            guard ContinuousClock.now - began < .seconds(seconds) else {
                throw BenchError("\(all.count) of \(count) processes after \(seconds) s")
            }
            usleep(2000)
        }
    }

    /// Kills some, one after the other; the seconds from each death until its program runs again.
    func reactions(_ count: Int) throws -> [Double] {
        let victims = all.shuffled().prefix(count)
        return try victims.map { victim in
            usleep(300_000)
            return try reaction(to: victim)
        }
    }

    private func reaction(to victim: Sleeper) throws -> Double {
        let last = Self.lastProcess
        let died = ContinuousClock.now
        guard kill(victim.process, SIGKILL) == 0 else { throw BenchError("nobody to kill") }
        while ContinuousClock.now - died < .seconds(60) {
            // The kernel counts on from the last.
            let newest = Self.lastProcess
            let new = newest >= last ? Array((last + 1)..<(newest + 1)) : all.map(\.process)
            let isBack = new.contains {
                $0 != victim.process && sleeper($0)?.index == victim.index
            }
            if isBack { return (ContinuousClock.now - died) / .seconds(1) }
            usleep(300)
        }
        throw BenchError("a process that was killed is not back after 60 s")
    }

    /// The number of the process that was started last (proc(5), `loadavg`).
    private static var lastProcess: pid_t {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isWhitespace).last.flatMap { pid_t($0) } ?? 0
    }
}
