import Glibc
package import Model

/// What a job's instances have said, as their shims wrote it: each line with its time. It is read piece by piece from where
/// it stopped, across rotated files, and never held whole.
package struct JobLog: Sendable {
    package struct Line: Hashable, Sendable, Codable {
        /// `web-3`.
        package var instance: String
        /// RFC 3339 in UTC with milliseconds, so that texts compare as times.
        package var time: String
        package var isError: Bool
        package var text: String
    }
    private let id: ResourceID
    private let folder: String
    private var readings: [Int: InstanceLog] = [:]

    /// - Parameter folder: the engine's `logsFolder`.
    package init(of id: ResourceID, in folder: String) {
        (self.id, self.folder) = (id, "\(folder)/\(RunFolders.name(id))")
    }

    /// The next lines in the order of their times, the earliest there are at the first call; none once there are no
    /// more for now. A line that is still being written comes once it is whole. What one instance said stays in its
    /// order, though the clock was set back meanwhile.
    ///
    /// - Parameter since: a time, or the beginning of one, at which an instance's first lines are looked for.
    package mutating func next(since: String = "") -> [Line] {
        let names = (try? Files.names(in: folder)) ?? []
        let files = Dictionary(grouping: names) { Int($0.prefix { $0.isNumber }) ?? 0 }
        readings = readings.filter { files[$0.key] != nil }
        let room = max(1 << 15, (8 << 20) / max(1, files.count))
        for (serial, names) in files {
            var reading =
                readings[serial]
                ?? InstanceLog(of: "\(id.name)-\(serial)", "\(folder)/\(serial).log", since: since)
            reading.fill(from: names.count, atMost: room)
            readings[serial] = reading
        }
        return take()
    }

    /// What can't be overtaken by anything that was not read yet.
    private mutating func take() -> [Line] {
        let horizon = readings.values.filter { !$0.isDry }.compactMap(\.lines.last?.key).min()
        var taken: [(key: String, serial: Int, line: Line)] = []
        for serial in readings.keys.sorted() {
            for line in readings[serial]?.take(until: horizon) ?? [] {
                taken.append((line.key, serial, line.line))
            }
        }
        // Stable, so that what one instance said at one moment stays in its order.
        return taken.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }
            .map(\.element.line)
    }
}

/// One instance's files: `3.log` is the one being written, `3.log.1` the one before.
struct InstanceLog: Sendable {
    /// A file, whatever it is called by now. An inode's number comes again; the time of its first line does not.
    private struct Mark: Hashable {
        var inode: UInt64
        var beginning: [UInt8]
    }
    private let instance: String
    private let path: String
    private let since: String
    private var place: (file: Mark, offset: Int)?
    /// Read, and not taken yet. The key orders them: their own time, or that of a line before it that is later.
    private(set) var lines: [(key: String, line: JobLog.Line)] = []
    private var latest = ""
    /// Whether nothing more was there.
    private(set) var isDry = false

    init(of instance: String, _ path: String, since: String) {
        (self.instance, self.path, self.since) = (instance, path, since)
    }

    mutating func take(until horizon: String?) -> [(key: String, line: JobLog.Line)] {
        let end = horizon.flatMap { horizon in lines.firstIndex { $0.key > horizon } } ?? lines.count
        defer { lines.removeFirst(end) }
        return Array(lines[..<end])
    }

    /// Reads on, file by file, unless some of what was read is not taken yet.
    mutating func fill(from count: Int, atMost room: Int) {
        guard lines.isEmpty else { return }
        isDry = false
        var files = open(count)
        defer { for file in files { close(file.number) } }
        if let place, let index = files.firstIndex(where: { $0.mark == place.file }) {
            for file in files[..<index] { close(file.number) }
            files.removeFirst(index)
        }
        var count = 0
        for file in files {
            var offset =
                place?.file == file.mark ? place?.offset ?? 0 : LogFile(file.number).offset(of: since)
            place = (file.mark, offset)
            while case let piece = LogFile(file.number).piece(from: offset, atMost: room), !piece.isEmpty {
                offset += piece.count
                place = (file.mark, offset)
                parse(piece)
                if !lines.isEmpty { count += piece.count }
                guard count < room else { return }
            }
        }
        isDry = true
    }

    /// The oldest first. They are opened in the other order: what is rotated meanwhile comes twice, and none is missed.
    private func open(_ count: Int) -> [(number: Int32, mark: Mark)] {
        var files: [(number: Int32, mark: Mark)] = []
        for age in 0..<count {
            let number = Glibc.open(age == 0 ? path : "\(path).\(age)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard number >= 0 else { continue }
            var status = stat()
            let isKnown = fstat(number, &status) == 0
            let mark = Mark(inode: UInt64(status.st_ino), beginning: LogFile(number).bytes(at: 0, 24))
            if isKnown, mark.beginning.count == 24, !files.contains(where: { $0.mark == mark }) {
                files.append((number, mark))
            } else {
                close(number)
            }
        }
        return files.reversed()
    }

    /// `2026-11-24T03:16:18.123Z o text`.
    private mutating func parse(_ piece: [UInt8]) {
        for bytes in piece.split(separator: UInt8(ascii: "\n")) where bytes.count >= 27 {
            let time = String(decoding: bytes.prefix(24), as: UTF8.self)
            guard time >= since else { continue }
            latest = max(latest, time)
            let line = JobLog.Line(
                instance: instance, time: time, isError: bytes[bytes.startIndex + 25] == UInt8(ascii: "e"),
                text: String(decoding: bytes.dropFirst(27), as: UTF8.self))
            lines.append((latest, line))
        }
    }
}

/// Lines that begin with their times, mostly in that order.
private struct LogFile {
    private let number: Int32
    init(_ number: Int32) { self.number = number }

    func bytes(at offset: Int, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(number, buffer.baseAddress, count, off_t(offset)))
        }
    }

    /// Whole lines from there on.
    func piece(from offset: Int, atMost count: Int) -> [UInt8] {
        let read = bytes(at: offset, count)
        guard let end = read.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return Array(read[...end])
    }

    /// Where lines begin that are not earlier than a time, found by halves; a little before it, perhaps.
    func offset(of time: String) -> Int {
        var status = stat()
        guard !time.isEmpty, fstat(number, &status) == 0 else { return 0 }
        var (low, high) = (0, Int(status.st_size))
        while high - low > 1 << 16 {
            let middle = low + (high - low) / 2
            let read = bytes(at: middle, 1 << 14)
            guard let start = read.firstIndex(of: UInt8(ascii: "\n")), read.count > start + 25 else { break }
            let found = String(decoding: read[(start + 1)..<(start + 25)], as: UTF8.self)
            if found < time { low = middle + start + 1 } else { high = middle }
        }
        return low
    }
}
