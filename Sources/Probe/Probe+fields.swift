package import Model

extension Probe {
    /// What a manifest writes of one probe.
    package static let fields = [
        Field(
            "http", .string, "Asks for this path by HTTP. Redirects are not followed.",
            example: "http: /healthz"),
        Field(
            "method", .choice(["GET", "HEAD"]), default: .string("GET"), "The method of an HTTP probe.",
            example: "method: HEAD"),
        Field(
            "headers", .map(.string), "Headers of an HTTP probe.",
            example: "headers: {Host: shop.example.com}"),
        Field(
            "status", .int(100...599),
            "The status that an HTTP probe takes for healthy. Left out: any from 200 to 299.",
            example: "status: 204"),
        Field(
            "body", .string, "A text that the first 64 KiB of an HTTP probe's answer must hold.",
            example: "body: ok"),
        Field(
            "tcp", .bool, "`true` asks whether a connection can be made.", example: "tcp: true"),
        Field(
            "grpc", .string,
            "Asks this service of gRPC's health protocol; an empty text asks for the whole server.",
            example: "grpc: shop.Checkout"),
        Field(
            "port", .string, "The name of the port that is asked. Left out: the only one.",
            example: "port: http"),
        Field(
            "interval", .duration, default: .string("10s"), "The time from one question to the next.",
            example: "interval: 5s"),
        Field(
            "timeout", .duration, default: .string("2s"), "The time after which no answer is a failure.",
            example: "timeout: 500ms"),
        Field(
            "passes", .int(1...100), default: .int(1), "Healthy answers in a row until it counts as healthy.",
            example: "passes: 2"),
        Field(
            "failures", .int(1...100), default: .int(3), "Failures in a row until it counts as unhealthy.",
            example: "failures: 5"),
    ]

    /// What fields alone cannot say of a list of probes at `path`: each asks one question, of a port that there is.
    package static func problems(_ probes: Expression?, at path: FieldPath, ports: [String]?)
        -> [FieldProblem]
    {
        (probes?.items ?? []).enumerated().flatMap { index, item in
            problems(of: item, at: path.appending(index), ports: ports)
        }
    }

    private static func problems(of probe: Expression, at path: FieldPath, ports: [String]?) -> [FieldProblem]
    {
        let asked = ["http", "tcp", "grpc"].filter { probe[$0] != nil && probe[$0] != .literal(.bool(false)) }
        guard asked.count == 1 else {
            return [
                FieldProblem(
                    path,
                    asked.isEmpty
                        ? "a probe asks by 'http', 'tcp' or 'grpc'"
                        : "a probe asks one question, found \(asked.map { "'\($0)'" }.joined(separator: " and "))"
                )
            ]
        }
        guard let ports else { return [] }
        guard case .literal(let value)? = probe["port"], let name = value.string else {
            return probe["port"] == nil && ports.count != 1
                ? [FieldProblem(path, "missing key 'port': there are \(ports.count) ports to ask")] : []
        }
        return ports.contains(name)
            ? [] : [FieldProblem(path.appending("port"), "unknown port '\(name.escapedForDisplay)'")]
    }
}
