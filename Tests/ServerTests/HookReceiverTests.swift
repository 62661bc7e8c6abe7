import Foundation
import HTTPClient
import NIOCore
import Store
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(2)))
struct HookReceiverTests {
    @Test func `a push is kept before it is answered, once for its id`() async throws {
        let room = HookRoom()
        try await RunningServer.run(room) { server in
            let first = try await server.push("d-1")
            #expect(first.status == 202 && first.reply?.outcome == .accepted)
            #expect(first.headers["content-type"] == "application/json")
            #expect(
                room.kept == [
                    Delivery(
                        route: "forge", ids: ["d-1"], sources: ["shop"], asks: true,
                        receivedAt: 1_800_000_000_000)
                ])
            let again = try await server.push("d-1")
            #expect(again.status == 202 && again.reply?.outcome == .duplicate)
        }
    }

    @Test func `the socket takes it as the port does`() async throws {
        let room = HookRoom()
        try await RunningServer.run(room) { server in
            var request = server.local("POST", "/hooks/plain", body: Array("{}".utf8))
            request.headers["X-Signature"] = HookRoom.sign("{}")
            let answer = try await server.send(request)
            #expect(answer.status == 202)
            for _ in 0..<30 {
                request.headers["X-Signature"] = "sha256="
                let refused = try await server.send(request)
                #expect(refused.status == 401, "its file's mode guards it")
            }
        }
        #expect(room.kept.map(\.sources) == [["shop", "blog"]])
    }

    @Test func `what asks for nothing is answered, and asks for nothing`() async throws {
        let room = HookRoom()
        try await RunningServer.run(room) { server in
            let ping = try await server.push("d-1", event: "ping")
            #expect(ping.status == 200 && ping.reply?.outcome == .ping)
            let issue = try await server.push("d-2", event: "issues")
            #expect(issue.status == 202)
            #expect(issue.reply == HookReply(.ignored, "event 'issues' changes nothing here"))
            let branch = try await server.push("d-3", to: "topic")
            #expect(
                branch.reply
                    == HookReply(.ignored, "'refs/heads/topic' is not among the branches of this hook"))
        }
        #expect(room.kept.map(\.asks) == [false, false, false])
    }

    @Test func `an unknown hook and a wrong signature have one answer`() async throws {
        let room = HookRoom()
        room.set(
            HookRoute("keyless", .github, sources: []) { .failure(HookRefusal("file 'x' can't be read")) })
        try await RunningServer.run(room) { server in
            var answers: Set<[String]> = []
            for name in ["forge", "plain", "keyless", "nowhere", "", "forge/", "forge/x", "%66orge", "Forge"]
            {
                for text in ["another secret, long enough", HookRoom.text]
                where name != "forge" || text != HookRoom.text {
                    let answer = try await server.push("d-1", at: name, signedWith: text)
                    #expect(answer.status == 401, "\(name)")
                    #expect(
                        answer.reply
                            == HookReply(.refused, "there is no such hook, or its signature does not fit"))
                    let headers = answer.headers.fields.map { "\($0.name): \($0.value)" }
                    answers.insert(
                        headers.filter { !$0.lowercased().hasPrefix("date") }.sorted() + [answer.text])
                }
            }
            #expect(answers.count == 1, "\(answers)")
        }
        #expect(room.kept == [])
    }

    @Test func `the log says which check failed, and nothing that is secret, and not for ever`() async throws
    {
        var limits = HookLimits()
        (limits.lines, limits.failures) = (HookRate(5), HookRate(1000))
        let room = HookRoom(limits)
        try await RunningServer.run(room) { server in
            _ = try await server.push("d-1", at: "nowhere%1b[31m%0a")
            _ = try await server.push("d-1", at: "nowhere")
            _ = try await server.push("d-1", signedWith: "another secret, long enough")
            _ = try await server.post("forge", "{}", [:])
            _ = try await server.post("forge", "{}", ["X-Hub-Signature-256": "sha256=abc"])
            for _ in 0..<20 { _ = try await server.push("d-1", at: "nowhere") }
            room.pass(seconds: 12)
            _ = try await server.post("forge", "{}", ["X-Hub-Signature-256": "sha1=abc"])
        }
        let address = "address=127.0.0.1"
        #expect(room.log.count == 6)
        #expect(
            room.log.dropFirst().first
                == "webhook refused \(address) cause=no hook has this name hook=nowhere")
        #expect(
            room.log.dropFirst(2).first?.contains("header X-Hub-Signature-256 does not fit the secret")
                == true)
        #expect(room.log.dropFirst(3).first?.contains("cause=header X-Hub-Signature-256 is missing") == true)
        #expect(
            room.log.dropFirst(4).first?.contains("has 10 characters, and is to have 'sha256=' and 64")
                == true)
        #expect(room.log.last?.hasSuffix("of another scheme than 'sha256=' hook=forge unsaid=20") == true)
        let expected = String(HookRoom.sign("{}").dropFirst(7))
        #expect(!room.log.contains { $0.contains(HookRoom.text) || $0.contains(expected) })
    }

    @Test func `a body at the cap passes, one byte more does not, declared or in chunks, known or not`()
        async throws
    {
        var limits = HookLimits()
        limits.body = 1 << 18
        let room = HookRoom(limits)
        try await RunningServer.run(room) { server in
            let body = String(repeating: "x", count: 1 << 18)
            let whole = try await server.post("plain", body, ["X-Signature": HookRoom.sign(body)])
            #expect(whole.status == 202)
            for name in ["plain", "nowhere"] {
                let large = try await server.post(
                    name, body + "x", ["X-Signature": HookRoom.sign(body + "x")])
                #expect(large.status == 413)
                #expect(large.reply == HookReply(.oversized, "the body is larger than 262144 bytes"))

                let declared = try RawClient(port: server.port)
                declared.send("POST /hooks/\(name) HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n")
                #expect(await declared.read(until: "larger than").hasPrefix("HTTP/1.1 413 "))

                let chunked = try RawClient(port: server.port)
                chunked.send("POST /hooks/\(name) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
                let sender = Thread { while chunked.send(chunk) {} }
                sender.start()
                #expect(await chunked.read().hasPrefix("HTTP/1.1 413 "))
            }
            let small = try RawClient(port: server.port)
            small.send(
                "POST /hooks/plain HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                    + "X-Signature: \(HookRoom.sign("{}"))\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
            #expect(await small.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 202 "))
        }
        #expect(room.kept.count == 2)
    }

    @Test func `a body that does not come is given up, and holds up no other`() async throws {
        var limits = HookLimits()
        limits.time = .seconds(1)
        let room = HookRoom(limits)
        try await RunningServer.run(room) { server in
            let slow = try (0..<20).map { _ in try RawClient(port: server.port) }
            for client in slow {
                client.send("POST /hooks/forge HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{")
            }
            #expect(try await server.push("d-1").status == 202)
            for client in slow { #expect(!(await client.read().contains(" 202 "))) }
        }
        #expect(room.log.contains { $0.contains("body ended too early, or did not come in time") })
    }

    @Test func `all bodies together have a cap, which is given back`() async throws {
        var limits = HookLimits()
        limits.bodies = 1000
        let room = HookRoom(limits)
        try await RunningServer.run(room) { server in
            let held = try RawClient(port: server.port)
            held.send(
                "POST /hooks/forge HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"
                    + String(repeating: "x", count: 990))
            let busy = try await eventually {
                try await server.push("d-1")
            } until: {
                $0.status == 503
            }
            #expect(busy.headers["retry-after"] == "10" && busy.reply?.outcome == .unavailable)
            held.send(String(repeating: "x", count: 10))
            #expect(await held.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 401 "))
            for id in 0..<50 { #expect(try await server.push("e-\(id)").status == 202) }
        }
    }

    @Test func `an address that fails often has to wait, and what is signed there is taken all the same`()
        async throws
    {
        var limits = HookLimits()
        limits.failures = HookRate(3)
        let room = HookRoom(limits)
        try await RunningServer.run(room) { server in
            #expect(try await server.push("d-1").status == 202)
            for _ in 0..<3 {
                #expect(try await server.push("d-2", signedWith: "not the right secret").status == 401)
            }
            for name in ["forge", "nowhere"] {
                let answer = try await server.push("d-3", at: name, signedWith: "not the right secret")
                #expect(answer.status == 429 && answer.headers["retry-after"] == "20")
                #expect(answer.reply?.outcome == .limited)
            }
            // A forge sends from addresses that others share.
            #expect(try await server.push("d-3").status == 202)
            // Nobody says for whom they ask.
            let forged = ["X-Hub-Signature-256": "no", "X-Forwarded-For": "198.51.100.7"]
            #expect(try await server.post("forge", "{}", forged).status == 429)
            room.pass(seconds: 20)
            #expect(try await server.push("d-4").status == 202)
        }
    }

    @Test func `a proxy that is configured is believed about whom it asks for, and nobody before it`()
        async throws
    {
        var limits = HookLimits()
        limits.failures = HookRate(1)
        let room = HookRoom(limits)
        try await RunningServer.run(room, proxies: ["127.0.0.1", "198.51.100.7"]) { server in
            for (forwarded, status) in [
                ("203.0.113.1", 401),
                // What is before it may be anything.
                ("203.0.113.2, 203.0.113.1", 429),
                // Through another proxy.
                ("203.0.113.1, 198.51.100.7", 429), ("203.0.113.2", 401), ("nonsense", 401),
                // Then it is the proxy's own failure.
                ("", 429),
            ] {
                let headers = ["X-Hub-Signature-256": "no", "X-Forwarded-For": forwarded]
                let answer = try await server.post("forge", "{}", headers)
                #expect(answer.status == status, "\(forwarded)")
            }
        }
    }

    @Test func `no address takes all the room for bodies`() async throws {
        var limits = HookLimits()
        (limits.bodies, limits.share) = (1000, 400)
        let room = HookRoom(limits)
        let guardian = HookGuard(limits)
        #expect(guardian.reserve(400, for: "192.0.2.1") && !guardian.reserve(1, for: "192.0.2.1"))
        #expect(guardian.reserve(400, for: "192.0.2.2") && !guardian.reserve(400, for: "192.0.2.3"))
        guardian.release(400, of: "192.0.2.1")
        #expect(guardian.reserve(1, for: "192.0.2.1") && guardian.reserve(400, for: nil))
        try await RunningServer.run(room) { server in
            let large = String(repeating: "x", count: 401)
            let answer = try await server.post("plain", large, ["X-Signature": HookRoom.sign(large)])
            #expect(answer.status == 503 && answer.reply?.outcome == .unavailable)
            #expect(try await server.push("d-1").status == 202)
        }
    }

    @Test func `a route takes so many that are believed, and nobody else uses them up`() async throws {
        var limits = HookLimits()
        (limits.failures, limits.lines) = (HookRate(1000), HookRate(100))
        let room = HookRoom(limits, rate: HookRate(2))
        try await RunningServer.run(room) { server in
            for _ in 0..<10 {
                #expect(try await server.push("d-0", signedWith: "not the right secret").status == 401)
            }
            #expect(try await server.push("d-1").status == 202)
            #expect(try await server.push("d-2").status == 202)
            let third = try await server.push("d-3")
            #expect(third.status == 429 && third.headers["retry-after"] == "30")
            #expect(third.reply == HookReply(.limited, "more than 2/m deliveries: try again in 30 s"))
            let other = try await server.post("plain", "{}", ["X-Signature": HookRoom.sign("{}")])
            #expect(other.status == 202, "each route has its own")
            #expect(room.log.last?.contains("cause=more than 2/m deliveries hook=forge") == true)
            room.pass(seconds: 30)
            #expect(try await server.push("d-3").status == 202)
        }
    }

    @Test func `what can't be kept is not said to be taken`() async throws {
        let room = HookRoom()
        try await RunningServer.run(room) { server in
            room.fill()
            let answer = try await server.push("d-1")
            #expect(answer.status == 503 && answer.headers["retry-after"] == "10")
        }
    }

    @Test func `only a post is a delivery, and no token is asked for`() async throws {
        let room = HookRoom()
        try await RunningServer.run(room) { server in
            for name in ["forge", "nowhere"] {
                let answer = try await server.send(server.request("GET", "/hooks/\(name)"))
                #expect(answer.status == 405 && answer.headers["allow"] == "POST")
            }
        }
        try await RunningServer.run { server in
            let answer = try await server.send(server.request("POST", "/hooks/forge"))
            #expect(answer.status == 404)
        }
    }

    private func eventually<Value>(
        _ body: () async throws -> Value, until isSo: (Value) -> Bool
    ) async throws -> Value {
        for _ in 0..<1000 {
            let value = try await body()
            if isSo(value) { return value }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await body()
    }
}
