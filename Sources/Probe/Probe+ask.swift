package import HTTPClient
import Model

/// Where a probe is asked.
package struct ProbeTarget: Hashable, Sendable {
    package var probe: Probe
    /// A name or an address.
    package var host: String
    package var port: Int
    /// A manifest names the host, so that it may be anywhere: it is asked only where the configuration allows it.
    package var isForeign: Bool

    package init(_ probe: Probe, host: String, port: Int, isForeign: Bool = false) {
        (self.probe, self.host, self.port, self.isForeign) = (probe, host, port, isForeign)
    }
}

package enum ProbeAnswer: Hashable, Sendable {
    case healthy
    /// Lower case, no full stop: `http /healthz answered 500`.
    case unhealthy(String)
}

extension HTTPClient {
    /// Asks once. A redirect is not followed, and no proxy is asked.
    /// - Parameter networks: where a foreign target may be.
    package func ask(_ target: ProbeTarget, within networks: [Network]) async -> ProbeAnswer {
        let (probe, networks) = (target.probe, target.isForeign ? networks : nil)
        do throws(HTTPError) {
            switch probe.question {
            case .tcp:
                try await connect(target.request("GET", "/", within: networks))
                return .healthy
            case .http(let question):
                guard let headers = question.plainHeaders else {
                    return .unhealthy("http \(question.path): a header is no plain text")
                }
                var request = target.request(question.method, question.path, within: networks)
                request.headers = headers
                return question.judge(try await send(request))
            case .grpc(let service):
                var request = target.request("POST", "/grpc.health.v1.Health/Check", within: networks)
                request.version = .http2
                request.headers = ["content-type": "application/grpc", "te": "trailers"]
                request.body = GRPCHealth.question(about: service)
                return GRPCHealth.judge(try await send(request), service)
            }
        } catch {
            return .unhealthy("\(probe.question): \(error.cause)")
        }
    }
}

extension Probe.Question: CustomStringConvertible {
    package var description: String {
        switch self {
        case .http(let question): "http \(question.path.escapedForDisplay)"
        case .tcp: "tcp"
        case .grpc(let service): service.isEmpty ? "grpc" : "grpc \(service.escapedForDisplay)"
        }
    }
}

extension ProbeTarget {
    fileprivate func request(_ method: String, _ path: String, within networks: [Network]?) -> HTTPRequest {
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let slash = path.hasPrefix("/") ? "" : "/"
        var request = HTTPRequest(method, "http://\(name):\(port)\(slash)\(path)")
        let limit = Duration.milliseconds(probe.timeout.milliseconds)
        request.timeouts = HTTPRequest.Timeouts(connect: limit, whole: limit)
        // Whoever still serves old connections, and takes no new ones, is on its way out.
        request.sharesConnection = false
        (request.proxy, request.networks) = (.none, networks)
        (request.maxResponseBytes, request.cutsResponse) = (Probe.mostBytes, true)
        return request
    }
}

extension Probe.HTTP {
    /// Nil where one of them is a secret, or not known.
    fileprivate var plainHeaders: HTTPHeaders? {
        var plain = HTTPHeaders()
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            guard let text = value.string else { return nil }
            plain.append(name, text)
        }
        return plain
    }

    fileprivate func judge(_ response: HTTPResponse) -> ProbeAnswer {
        let isExpected = status.map { $0 == response.status } ?? response.head.isSuccess
        let subject = "http \(path.escapedForDisplay)"
        guard isExpected else { return .unhealthy("\(subject) answered \(response.status)") }
        guard let body, !response.text.contains(body) else { return .healthy }
        return .unhealthy("\(subject) answered without '\(body.escapedForDisplay)'")
    }
}

/// The unary call of gRPC's health protocol (`grpc/health/v1/health.proto`), framed as gRPC over HTTP/2 frames it: a
/// byte for compression, four for the length, the message. Trailers are not read: the message says enough.
enum GRPCHealth {
    /// `HealthCheckRequest {string service = 1}`
    static func question(about service: String) -> [UInt8] {
        var message: [UInt8] = []
        if !service.isEmpty {
            message = [0x0a] + varint(service.utf8.count) + Array(service.utf8)
        }
        let length = UInt32(message.count)
        return [0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + message
    }

    static func judge(_ response: HTTPResponse, _ service: String) -> ProbeAnswer {
        let subject = service.isEmpty ? "grpc" : "grpc \(service.escapedForDisplay)"
        guard response.status == 200 else { return .unhealthy("\(subject) answered HTTP \(response.status)") }
        // An answer with no message has its status among the headers.
        if let code = response.headers["grpc-status"], code != "0" {
            let names = ["5": "the service is not known", "12": "it has no health service"]
            return .unhealthy("\(subject): \(names[code] ?? "status \(code.escapedForDisplay)")")
        }
        let names = ["unknown", "serving", "not serving", "the service is not known"]
        guard let status = status(response.body) else {
            return .unhealthy("\(subject) answered with no status")
        }
        return status == 1
            ? .healthy
            : .unhealthy(
                "\(subject) answered \(names.indices.contains(status) ? names[status] : "\(status)")")
    }

    /// `HealthCheckResponse {ServingStatus status = 1}`; 0 where it is left out. Nil where it can't be read.
    private static func status(_ body: [UInt8]) -> Int? {
        guard body.count >= 5, body[0] == 0 else { return nil }
        let length = body[1...4].reduce(0) { $0 << 8 | Int($1) }
        guard body.count - 5 >= length else { return nil }
        let message = body[5..<(5 + length)]
        if message.isEmpty { return 0 }
        guard message.first == 0x08, message.count == 2, let value = message.last, value < 0x80 else {
            return nil
        }
        return Int(value)
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
