import Model
import Probe
import Testing

@Suite struct ProbeTests {
    private static let base: [String: Value] = [
        "interval": .string("10s"), "timeout": .string("2s"), "passes": .int(1), "failures": .int(3),
        "method": .string("GET"),
    ]

    @Test(
        arguments: [
            (["tcp": .bool(true)], .tcp),
            (["grpc": .string("shop.Checkout")], .grpc(service: "shop.Checkout")),
            (
                ["http": .string("/healthz"), "status": .int(204)],
                .http(Probe.HTTP(path: "/healthz", method: "GET", headers: [:], status: 204, body: nil))
            ),
        ] as [([String: Value], Probe.Question)])
    func `a probe asks one question`(fields: [String: Value], question: Probe.Question) throws {
        let probe = try Probe(.map(Self.base.merging(fields) { $1 }))
        #expect(probe.question == question)
        #expect(probe.timeout == Span(milliseconds: 2000))
    }

    @Test func `what a reference gave must be what the field takes`() {
        let spec = Value.map(Self.base.merging(["interval": .string("often")]) { $1 })
        #expect(throws: EngineError(.waitForChange, "'interval' cannot be \"often\"")) { try Probe(spec) }
    }
}
