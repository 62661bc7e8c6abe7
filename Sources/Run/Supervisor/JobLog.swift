import Foundation
import Glibc
package import Model

/// What a job's instances have said, as their shims wrote it: each line with its time, the newest files last. Reads
/// on from where it stopped, across rotated files.
package struct JobLog: Sendable {
    package struct Line: Hashable, Sendable, Codable {
        /// `web-3`.
        package var instance: String
        /// RFC 3339 in UTC with milliseconds, so that texts compare as times.
        package var time: String
        package var isError: Bool
        package var text: String
    }
    private struct Position: Sendable {
        var file: UInt64
        var offset: UInt64
    }
    private let id: ResourceID
    private let folder: String
    private var positions: [Int: Position] = [:]

    /// - Parameter folder: the engine's `logsFolder`.
    package init(of id: ResourceID, in folder: String) {
        (self.id, self.folder) = (id, "\(folder)/\(RunFolders.name(id))")
    }

    /// Lines that came since the last call, all at the first one, in the order of their times. A line that is still
    /// being written comes with the next call.
    package mutating func next(since: String = "") -> [Line] {
        let serials = Set(names.compactMap { Int($0.prefix { $0.isNumber }) }).sorted()
        let lines = serials.flatMap { read($0) }.filter { $0.time >= since }
        // Stable, so that what one instance said at one moment stays in its order.
        return lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(
            \.element)
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

    /// The oldest of an instance's files first; `3.log` is the one being written, `3.log.1` the one before.
    private mutating func read(_ serial: Int) -> [Line] {
        let files = names.filter { $0 == "\(serial).log" || $0.hasPrefix("\(serial).log.") }
            .sorted { age(of: $0) > age(of: $1) }.map { "\(folder)/\($0)" }
        let known = positions[serial]
        var isReached = known == nil || !files.contains { number(of: $0) == known?.file }
        var lines: [Line] = []
        for file in files {
            guard let number = number(of: file) else { continue }
            let isKnown = number == known?.file
            isReached = isReached || isKnown
            guard isReached else { continue }
            let start = isKnown ? known?.offset ?? 0 : 0
            let (found, end) = parse(file, from: start, of: "\(id.name)-\(serial)")
            lines += found
            positions[serial] = Position(file: number, offset: end)
        }
        return lines
    }
    private func age(of name: String) -> Int { Int(name.split(separator: ".").last ?? "") ?? 0 }
    private func number(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// `2026-11-24T03:16:18.123Z o text`, up to the last line that is whole.
    private func parse(_ path: String, from start: UInt64, of instance: String) -> ([Line], UInt64) {
        guard let file = FileHandle(forReadingAtPath: path), (try? file.seek(toOffset: start)) != nil,
            let data = try? file.readToEnd(), let end = data.lastIndex(of: UInt8(ascii: "\n"))
        else { return ([], start) }
        let whole = data[...end]
        let lines = whole.split(separator: UInt8(ascii: "\n")).compactMap { bytes -> Line? in
            guard bytes.count >= 27 else { return nil }
            return Line(
                instance: instance, time: String(decoding: bytes.prefix(24), as: UTF8.self),
                isError: bytes[bytes.startIndex + 25] == UInt8(ascii: "e"),
                text: String(decoding: bytes.dropFirst(27), as: UTF8.self))
        }
        return (lines, start + UInt64(whole.count))
    }
}
