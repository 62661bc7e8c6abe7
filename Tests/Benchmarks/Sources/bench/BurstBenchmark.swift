import Dispatch
import Foundation
import Glibc
import Synchronization

/// Deliveries of webhooks that come all at once: how many are taken, and how few passes they make.
struct BurstBenchmark {
    let martlet: String
    var count = 10_000
    /// Connections that deliver at the same time.
    var senders = 16
    private(set) var skipped: String?
    private var table = Table(columns: [
        "deliveries", "taken", "each second", "passes", "memory before", "most memory",
    ])

    init(martlet: String) { self.martlet = martlet }
    var markdown: String { table.markdown }

    mutating func measure() {
        do {
            let port = try Self.freePort()
            let file = GitHistory.File(
                path: "a.yaml",
                text: """
                    apiVersion: martlet/v1
                    kind: Infrastructure
                    metadata: {name: a}
                    spec: {type: directory, config: {path: "${var.root}/a"}}

                    """)
            let place = try Workplace(
                martlet: martlet,
                rest: """
                    listen: 127.0.0.1:\(port)
                    hooks:
                      burst: {provider: gitlab, secrets: [{env: BURST_SECRET}], rate: 1000000/s}
                    """
            ) { try GitHistory([file], changed: file).write(to: $0) }
            defer { place.remove() }
            let secret = UUID().uuidString
            setenv("BURST_SECRET", secret, 1)
            let controller = try place.start()
            let rows = Result { try follow(place, controller.process, port, secret) }
            kill(controller.process, SIGTERM)
            _ = try controller.wait()
            table.rows += try rows.get()
        } catch { skipped = "deliveries: \(error)" }
    }

    /// New deliveries, and then the same ones again.
    private func follow(
        _ place: Workplace, _ process: pid_t, _ port: UInt16, _ secret: String
    ) throws -> [[String]] {
        _ = try place.scrape(process, within: 60) { $0.loads == 1 && $0.isAtRest }
        return try ["new", "the same again"].map { name in
            let before = try place.scrape(process, within: 60) { $0.isAtRest }
            let memory = ProcessFigures(process).memory
            let most = Mutex(memory)
            let taken = Mutex(0)
            let time = seconds {
                DispatchQueue.concurrentPerform(iterations: senders) { sender in
                    let ids = stride(from: sender, to: count, by: senders)
                    let answers = Sender(port: port).deliver(ids.map { "burst-\($0)" }, secret: secret) {
                        let now = ProcessFigures(process).memory
                        most.withLock { $0 = max($0, now) }
                    }
                    taken.withLock { $0 += answers }
                }
            }
            usleep(500_000)
            let after = try place.scrape(process, within: 60) { $0.isAtRest }
            return [
                "\(count.grouped), \(name)", taken.withLock(\.self).grouped,
                Int(Double(count) / time).grouped,
                (after.passes - before.passes).grouped, memory.megabytes, most.withLock(\.self).megabytes,
            ]
        }
    }

    /// One that the kernel has just given out and taken back.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchError("no socket") }
        defer { close(descriptor) }
        var address = Sender.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchError("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// One connection that is kept, with one request at a time.
private struct Sender {
    let port: UInt16
    private static let body = #"{"object_kind":"push","ref":"refs/heads/live","after":"8a01b44c9e8d7f6a"}"#

    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// How many were answered 202. `looking` is called now and then.
    func deliver(_ ids: [String], secret: String, looking: () -> Void) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var address = Self.address(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return 0 }
        var taken = 0
        for (number, id) in ids.enumerated() {
            let request = Array(
                """
                POST /hooks/burst HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n\
                Content-Length: \(Self.body.utf8.count)\r\nX-Gitlab-Event: Push Hook\r\n\
                X-Gitlab-Event-UUID: \(id)\r\nX-Gitlab-Token: \(secret)\r\n\r\n\(Self.body)
                """.utf8)
            guard write(descriptor, request, request.count) == request.count,
                let status = Self.status(descriptor)
            else { return taken }
            if status == 202 { taken += 1 }
            if number.isMultiple(of: 100) { looking() }
        }
        return taken
    }

    /// Of one answer, read to its end; nil where none comes.
    private static func status(_ descriptor: Int32) -> Int? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let head = text[..<end.lowerBound].lowercased().split(separator: "\r\n")
            let length = head.first { $0.hasPrefix("content-length:") }.flatMap {
                Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces))
            }
            guard text[end.upperBound...].utf8.count >= length ?? 0 else { continue }
            return head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
    }
}
