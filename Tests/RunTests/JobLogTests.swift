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

    @Test func `a job that never ran has said nothing`() {
        var log = JobLog(of: ResourceID("job", "shop", "none"), in: folder.path)
        #expect(log.next() == [])
    }
}
