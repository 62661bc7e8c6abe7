import Foundation
import Glibc

/// A server of ours on this machine, while it runs.
struct LocalServer: ~Copyable {
    let ports: [Int]
    private let server: Command

    private init(_ server: consuming Command, ports: [Int]) {
        self.server = server
        self.ports = ports
    }
    /// HTTP on many ports, for checks to ask.
    static func answerer(ports count: Int, in folder: URL) throws -> LocalServer {
        try start("answerer", [String(count)], in: folder)
    }
    /// AWS's parameter store, on one port.
    static func parameters(in folder: URL) throws -> LocalServer { try start("parameters", [], in: folder) }

    private static func start(_ name: String, _ arguments: [String], in folder: URL) throws -> LocalServer {
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: name).filePath
        let file = folder.appending(path: "ports-\(UUID().uuidString)").filePath
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try Command([program] + arguments + [file], in: folder)
        while !FileManager.default.fileExists(atPath: file), !server.hasEnded { usleep(1000) }
        let lines = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return LocalServer(server, ports: lines.split(separator: "\n").compactMap { Int($0) })
    }
    consuming func end() throws {
        kill(server.process, SIGKILL)
        _ = try server.wait()
    }
}
