import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Run

@Suite struct JobLogTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to name: String) throws {
        try folder.write(text, to: "shop.web/" + name)
    }
    private func append(_ text: String, to name: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: folder.path + "/shop.web/" + name))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
    }
    private func line(_ second: Int, _ text: String, _ kind: String = "o") -> String {
        "2026-11-24T03:16:\(second).000Z \(kind) \(text)\n"
    }

    @Test func `lines of all instances come in the order of their times, told apart`() throws {
        try write(line(12, "b") + line(14, "d", "e"), to: "1.log")
        try write(line(11, "a") + line(13, "c"), to: "2.log")
        var log = JobLog(of: web, in: folder.path)
        let lines = log.next()
        #expect(lines.map(\.text) == ["a", "b", "c", "d"])
        #expect(lines.map(\.instance) == ["web-2", "web-1", "web-2", "web-1"])
        #expect(lines.map(\.isError) == [false, false, false, true])
        #expect(log.next() == [])
    }

    @Test func `only what came since a time, if it is asked for`() throws {
        try write(line(12, "a") + line(14, "b"), to: "1.log")
        var log = JobLog(of: web, in: folder.path)
        #expect(log.next(since: "2026-11-24T03:16:13").map(\.text) == ["b"])
    }

    @Test func `a line that is not whole waits for its end`() throws {
        try write(line(12, "a") + "2026-11-24T03:16:13.000Z o b", to: "1.log")
        var log = JobLog(of: web, in: folder.path)
        #expect(log.next().map(\.text) == ["a"])
        try append("c\n", to: "1.log")
        #expect(log.next().map(\.text) == ["bc"])
    }

    @Test func `what is rotated between two looks is neither lost nor said twice`() throws {
        try write(line(11, "a"), to: "1.log.1")
        try write(line(12, "b"), to: "1.log")
        var log = JobLog(of: web, in: folder.path)
        #expect(log.next().map(\.text) == ["a", "b"])
        try append(line(13, "c"), to: "1.log")
        let path = folder.path + "/shop.web/"
        rename(path + "1.log.1", path + "1.log.2")
        rename(path + "1.log", path + "1.log.1")
        try write(line(14, "d"), to: "1.log")
        #expect(log.next().map(\.text) == ["c", "d"])
    }

    /// As shims write them: a thousand lines a second, in three files each.
    @Test func `long logs are read piece by piece, in order, from where they are asked for`() throws {
        let count = 90_000
        func time(_ number: Int) -> String {
            let (second, millisecond) = (number / 1000, number % 1000)
            return String(format: "2026-11-24T03:%02d:%02d.%03dZ", second / 60, second % 60, millisecond)
        }
        for serial in 1...3 {
            let numbers = Array(stride(from: serial, to: count, by: 3))
            for (age, name) in ["\(serial).log", "\(serial).log.1", "\(serial).log.2"].enumerated() {
                let part = numbers[((2 - age) * numbers.count / 3)..<((3 - age) * numbers.count / 3)]
                let filling = String(repeating: "x", count: 300)
                try write(part.map { "\(time($0)) o \($0) \(filling)\n" }.joined(), to: name)
            }
        }
        func read(since: String) -> (numbers: [Int], most: Int) {
            var log = JobLog(of: web, in: folder.path)
            var (numbers, most): ([Int], Int) = ([], 0)
            while case let lines = log.next(since: since), !lines.isEmpty {
                most = max(most, lines.count)
                numbers += lines.compactMap { Int($0.text.prefix { $0.isNumber }) }
            }
            return (numbers, most)
        }
        let all = read(since: "")
        #expect(all.numbers == Array(1..<count))
        #expect(all.most < count / 2, "never all at once")
        #expect(read(since: time(71_234)).numbers == Array(71_234..<count))
        #expect(read(since: time(count - 1)).numbers == [count - 1])
        #expect(read(since: "2027").numbers == [])
    }

    @Test func `a clock that is set back changes nothing of the order in which an instance spoke`() throws {
        try write(line(12, "a") + line(19, "b") + line(11, "c") + line(12, "d"), to: "1.log")
        var log = JobLog(of: web, in: folder.path)
        #expect(log.next().map(\.text) == ["a", "b", "c", "d"])
    }

    @Test func `a job that never ran has said nothing`() {
        var log = JobLog(of: ResourceID("job", "shop", "none"), in: folder.path)
        #expect(log.next() == [])
    }
}
