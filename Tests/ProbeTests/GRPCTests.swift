import ChildProcess
import Foundation
import HTTPClient
import Model
import Probe
import Testing

/// Python's gRPC server with gRPC's own health service, from `.engines/grpc`.
private enum HealthServer {
    private static let packages = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".engines/grpc").path(percentEncoded: false)
    static let isPossible = FileManager.default.fileExists(atPath: packages + "/grpc_health")

    private static let script = """
        import grpc, sys
        from concurrent import futures
        from grpc_health.v1 import health, health_pb2, health_pb2_grpc
        server = grpc.server(futures.ThreadPoolExecutor(2))
        if sys.argv[1] == 'health':
            service = health.HealthServicer()
            service.set('shop.Checkout', health_pb2.HealthCheckResponse.SERVING)
            service.set('shop.Search', health_pb2.HealthCheckResponse.NOT_SERVING)
            health_pb2_grpc.add_HealthServicer_to_server(service, server)
        print(server.add_insecure_port('127.0.0.1:0'), flush=True)
        server.start()
        server.wait_for_termination()
        """

    /// What is answered about each of these services; nil where there is no server.
    static func answers(_ kind: String, about services: [String]) async throws -> [ProbeAnswer]? {
        let client = try HTTPClient()
        let probes = try services.map { try Probe(["grpc": .string($0)]) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let command = Command(
            "/usr/bin/env", ["python3", "-c", script, kind],
            environment: ["PATH": path, "PYTHONPATH": packages])
        return try await command.run { child -> [ProbeAnswer]? in
            for await line in child.output.lines() {
                guard let port = Int(String(decoding: line, as: UTF8.self)) else { return nil }
                var answers: [ProbeAnswer] = []
                for probe in probes {
                    answers.append(
                        await client.ask(ProbeTarget(probe, host: "127.0.0.1", port: port), within: []))
                }
                return answers
            }
            return nil
        }.result
    }
}

@Suite(.enabled(if: HealthServer.isPossible, "gRPC is not there: run Tests/engines/grpc"))
struct GRPCTests {
    @Test func `services are asked by gRPC's health protocol`() async throws {
        let answers = try await HealthServer.answers(
            "health", about: ["", "shop.Checkout", "shop.Search", "shop.Nobody"])
        #expect(
            answers == [
                .healthy, .healthy, .unhealthy("grpc shop.Search answered not serving"),
                .unhealthy("grpc shop.Nobody answered unknown"),
            ])
    }

    @Test func `a server without the health service is not healthy`() async throws {
        let answers = try await HealthServer.answers("plain", about: [""])
        #expect(answers == [.unhealthy("grpc: it has no health service")])
    }
}
