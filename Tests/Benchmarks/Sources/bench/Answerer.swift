import Foundation
import Glibc

/// `answerer`, while it runs: an HTTP server on many ports of this machine.
struct Answerer: ~Copyable {
    let ports: [Int]
    private let server: Command

    private init(_ server: consuming Command, ports: [Int]) {
        self.server = server
        self.ports = ports
    }
    static func start(ports count: Int, in folder: URL) throws -> Answerer {
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "answerer").filePath
        let file = folder.appending(path: "ports-\(UUID().uuidString)").filePath
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try Command([program, String(count), file], in: folder)
        while !FileManager.default.fileExists(atPath: file), !server.hasEnded { usleep(1000) }
        let lines = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return Answerer(server, ports: lines.split(separator: "\n").compactMap { Int($0) })
    }
    consuming func end() throws {
        kill(server.process, SIGKILL)
        _ = try server.wait()
    }
}
