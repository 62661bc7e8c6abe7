import Fixtures
import Foundation
import Glibc
import ProviderPlugin
import Testing

@Suite(.enabled(if: Plugin.isPossible, "gRPC is not there: run Tests/engines/grpc"), .timeLimit(.minutes(5)))
struct CallTests {
    @Test(arguments: [5, 6])
    func `a value, private bytes and an identity go there and back in both versions`(version: Int)
        async throws
    {
        let plugin = try Plugin(["VERSION": "\(version)"])
        let process = plugin.process()
        var request = ReadResourceRequest(
            typeName: "echo", currentState: DynamicValue(msgpack: [0x81, 0, 255], json: [1]))
        request.privateBytes = [0, 1, 2]
        request.currentIdentity = DynamicValue(msgpack: [7])
        let answer = try await process.client.readResource(request)
        #expect(answer.newState == request.currentState)
        #expect(answer.privateBytes == request.privateBytes)
        #expect(answer.newIdentity == request.currentIdentity)
        #expect(answer.diagnostics.isEmpty)
        #expect(answer.deferred == nil)
        let vitals = try #require(await process.vitals)
        #expect(vitals.protocolVersion == version)
        #expect(vitals.residentBytes ?? 0 > 1 << 20)
        await process.close()
        #expect(plugin.notes == ["started", "ReadResource", "Shutdown"])
    }

    @Test func `a thousand calls at once are answered each with its own`() async throws {
        let process = try Plugin().process()
        let client = process.client
        let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let answer = try await client.read("echo", state: "state \(number)")
                    return answer.newState.msgpack != Array("state \(number)".utf8)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wrong == 0)
        await process.close()
    }

    @Test func `names and a huge schema come as they are`() async throws {
        let plugin = try Plugin(["TYPES": "4000"])
        let process = plugin.process()
        let names = try await process.client.getMetadata()
        #expect(names.resources == ["a", "b"])
        #expect(names.dataSources == ["c"])
        #expect(names.capabilities.planDestroy)
        let schema = try await process.client.getProviderSchema()
        #expect(schema.bytes.count > 16_000_000)
        #expect(schema.capabilities.planDestroy && schema.capabilities.getProviderSchemaOptional)
        #expect(!schema.capabilities.moveResourceState)
        await process.close()
    }

    @Test func `diagnostics and deferrals are no errors, and show no secret`() async throws {
        let process = try Plugin(["SECRET": "hunter2"]).process(secrets: ["hunter2"])
        let answer = try await process.client.read("complain")
        #expect(
            answer.diagnostics == [
                PluginDiagnostic(
                    .error, "bad (secret)", detail: "why", at: AttributePath([.attribute("rule"), .index(0)]))
            ])
        #expect(try await process.client.read("defer").deferred == .absentPrerequisite)
        await process.close()
    }

    @Test(arguments: [
        ("refuse", "provider 'test': ReadResource of refuse: permission denied: 50% of üsers: (secret)"),
        ("old", "provider 'test': ReadResource of old: it has no such call"),
        ("busy", "provider 'test': ReadResource of busy: unavailable: come again"),
        (
            "garbage",
            "provider 'test': ReadResource of garbage: its answer is no message: it ends in the middle of a field"
        ),
        (
            "large",
            "provider 'test': ReadResource of large: a message has 2000008 bytes, and may have 1000000"
        ),
        ("silent", "provider 'test': ReadResource of silent: no answer in 0.3 seconds"),
    ])
    func `what goes wrong is said by name, and the provider goes on`(type: String, message: String)
        async throws
    {
        var plugin = try Plugin(["SECRET": "hunter2", "LARGE": "2000000"])
        plugin.launch.limits.calls.message = 1_000_000
        let process = plugin.process(secrets: ["hunter2"])
        _ = try await process.client.read("echo")
        plugin.launch.limits.calls.read = .milliseconds(300)
        let hasty = plugin.process(secrets: ["hunter2"])
        let tested = type == "silent" ? hasty : process
        let failure = await caught { _ = try await tested.client.read(type) }
        #expect(failure.map { "\($0)" } == message)
        #expect(failure?.mayHaveActed == (type != "old"))
        #expect(failure?.isRetryable == (type == "busy" || type == "silent"))
        if type != "silent" {
            #expect(try await process.client.read("echo", state: "x").newState.msgpack == [120])
        }
        #expect(plugin.told.pids.count == (type == "silent" ? 2 : 1))
        await process.close()
        await hasty.close()
    }

    @Test func `a request that is too large is not sent`() async throws {
        var plugin = try Plugin()
        plugin.launch.limits.calls.message = 1000
        let process = plugin.process()
        let state = String(repeating: "x", count: 1000)
        let failure = await caught {
            _ = try await process.client.about("infrastructure/shop/a").read("echo", state: state)
        }
        #expect(failure?.kind == .tooLarge)
        #expect(failure?.mayHaveActed == false)
        #expect(failure?.subject == "infrastructure/shop/a")
        await process.close()
    }

    @Test func `a read is broken off with its task, an apply never`() async throws {
        let plugin = try Plugin()
        let process = plugin.process()
        let read = Task {
            await caught { _ = try await process.client.read("silent") }
        }
        let apply = Task { try await process.client.apply("slow", planned: "made") }
        try await plugin.waitForNote("begun")
        try await plugin.waitForNote("ReadResource")
        read.cancel()
        apply.cancel()
        #expect(await read.value?.kind == .cancelled)
        #expect(try await apply.value.newState.msgpack == Array("made".utf8))
        #expect(plugin.notes.contains("ended"))
        await process.close()
    }
}
