import Foundation
import Glibc

/// What `/metrics` says at one moment, by names with labels.
struct Scrape {
    private let values: [String: Double]

    /// Nil while nobody answers on the socket.
    init?(socket path: String) {
        guard let text = Self.ask("GET", "/metrics", socket: path) else { return nil }
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...])
            else {
                continue
            }
            values[String(line[..<space])] = value
        }
        self.values = values
    }

    subscript(name: String) -> Double { values[name] ?? 0 }

    /// Seconds that a stage has taken so far, in all passes.
    func stage(_ name: String) -> Double { self["martlet_stage_seconds_sum{stage=\"\(name)\"}"] }
    var loads: Int { Int(self["martlet_stage_seconds_count{stage=\"load\"}"]) }
    var passes: Int { Int(self["martlet_passes_total"]) }
    var passSeconds: Double { self["martlet_pass_seconds_sum"] }
    /// Resources in a state, of all sources and layers.
    func resources(_ state: String) -> Int {
        values.reduce(0) { sum, value in
            value.key.hasPrefix("martlet_resources{") && value.key.contains("state=\"\(state)\"")
                ? sum + Int(value.value) : sum
        }
    }
    var isAtRest: Bool { self["martlet_changes_pending"] == 0 && self["martlet_steps_in_flight"] == 0 }

    /// The body of a 200; nil for anything else.
    static func ask(_ method: String, _ path: String, socket file: String) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(file.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafeBytes(of: &address) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { buffer in
                connect(
                    descriptor, buffer.baseAddress, socklen_t(buffer.count * MemoryLayout<sockaddr>.stride))
            }
        }
        guard status == 0 else { return nil }
        let request = Array(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .utf8)
        guard write(descriptor, request, request.count) == request.count else { return nil }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
            answer += buffer[..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200"), let end = text.range(of: "\r\n\r\n") else { return nil }
        return String(text[end.upperBound...])
    }
}
