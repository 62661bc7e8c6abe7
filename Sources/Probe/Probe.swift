package import Model

/// How health is asked for: of a job's instances to gate a rollout, of a service's endpoints to list them.
package struct Probe: Hashable, Sendable {
    package enum Question: Hashable, Sendable {
        case http(HTTP)
        /// A connection can be made.
        case tcp
        /// `grpc.health.v1`, of one service, or of the whole server where the name is empty.
        case grpc(service: String)
    }
    package struct HTTP: Hashable, Sendable {
        package var path: String
        package var method: String
        package var headers: [String: Value]
        /// Nil where any status from 200 to 299 is healthy.
        package var status: Int?
        /// What the answer must hold.
        package var body: String?

        package init(path: String, method: String, headers: [String: Value], status: Int?, body: String?) {
            (self.path, self.method, self.headers) = (path, method, headers)
            (self.status, self.body) = (status, body)
        }
    }
    /// Of an answer that are looked at; what comes after them is not waited for.
    package static let mostBytes = 64 << 10
    package var question: Question
    /// The name of a port; nil where the instance or service has only one.
    package var port: String?
    package var interval: Span
    package var timeout: Span
    /// Answers in a row after which health changes.
    package var passes: Int
    package var failures: Int

    package init(_ spec: Value) throws(EngineError) {
        if let path = try spec.optional("http", \.string) {
            question = .http(
                HTTP(
                    path: path, method: try spec.required("method", \.string),
                    headers: spec["headers"]?.fields ?? [:], status: try spec.optional("status", \.int),
                    body: try spec.optional("body", \.string)))
        } else if let service = try spec.optional("grpc", \.string) {
            question = .grpc(service: service)
        } else {
            question = .tcp
        }
        port = try spec.optional("port", \.string)
        interval = try spec.required("interval", \.span)
        timeout = try spec.required("timeout", \.span)
        passes = try spec.required("passes", \.int)
        failures = try spec.required("failures", \.int)
    }
}
