import Fixtures
import Foundation
import Glibc
import Testing

@testable import ProviderPlugin

@Suite(.enabled(if: Plugin.isPossible, "gRPC is not there: run Tests/engines/grpc"), .timeLimit(.minutes(5)))
struct LifeTests {
    @Test func `nothing is started before the first call, and all calls share one process`() async throws {
        let plugin = try Plugin()
        let process = plugin.process { client throws(PluginError) in
            _ = try await client.configureProvider(ConfigureProviderRequest(config: DynamicValue()))
        }
        #expect(await process.vitals == nil)
        let client = process.client
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try? await client.read("echo") } }
        }
        #expect(plugin.told.pids.count == 1)
        #expect(plugin.notes.prefix(2) == ["started", "ConfigureProvider"])
        #expect(plugin.notes.count { $0 == "ReadResource" } == 20)
        await process.close()
        #expect(plugin.told.events.last == .stopped)
        let late = await caught { _ = try await client.read("echo") }
        #expect(late?.kind == .stopped)
        #expect(late?.mayHaveActed == false)
    }

    @Test func `a configuration that is refused fails every call with its words, until it is tried again`()
        async throws
    {
        var plugin = try Plugin(["REFUSAL": "no region"])
        plugin.launch.limits.backoff = .milliseconds(300)
        let process = plugin.process { client throws(PluginError) in
            let answer = try await client.configureProvider(ConfigureProviderRequest(config: DynamicValue()))
            for error in answer.diagnostics.errors {
                throw PluginError(.configuration, provider: "test", error.summary)
            }
        }
        for _ in 0..<5 {
            let failure = await caught {
                _ = try await process.client.read("echo")
            }
            #expect(failure.map { "\($0)" } == "provider 'test': ReadResource of echo: no region")
        }
        #expect(plugin.notes.count { $0 == "started" } < 5)
        #expect(plugin.notes.contains("Shutdown"))
        let before = plugin.notes.count { $0 == "started" }
        while plugin.notes.count(where: { $0 == "started" }) == before {
            _ = try? await process.client.read("echo")
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(!plugin.notes.contains("ReadResource"))
        await process.close()
    }

    @Test func `a call that ends just when its time is up leaves the process to others`() async throws {
        let plugin = try Plugin()
        let process = plugin.process()
        _ = try await process.client.read("echo")
        await process.endCallInTime()
        for _ in 0..<3 { _ = try await process.client.read("echo") }
        #expect(plugin.told.pids.count == 1 && !plugin.told.events.contains(.stopped))
        await process.close()
    }

    @Test(arguments: [
        ("panic", "it crashed with exit code 2: panic: runtime error: (secret)"),
        ("kill", "it crashed with signal 9"), ("hang up", "it closed the connection"),
    ])
    func `a crash fails what was under way by name, and the next call has a new process`(
        type: String, cause: String
    ) async throws {
        var plugin = try Plugin(["SECRET": "hunter2"])
        plugin.launch.limits.shutdown = .milliseconds(200)
        let process = plugin.process(secrets: ["hunter2"])
        let silent = Task {
            await caught {
                _ = try await process.client.about("infrastructure/shop/a").read("silent")
            }
        }
        try await plugin.waitForNote("ReadResource")
        let failure = await caught {
            _ = try await process.client.apply(type)
        }
        #expect(failure?.kind == .crashed)
        #expect(failure?.call == "ApplyResourceChange")
        #expect(failure?.mayHaveActed == true)
        #expect(failure?.cause == cause)
        let other = await silent.value
        #expect(other?.kind == .crashed)
        #expect(other?.subject == "infrastructure/shop/a")
        #expect(try await process.client.read("echo", state: "x").newState.msgpack == [120])
        #expect(plugin.told.pids.count == 2)
        await process.close()
    }

    @Test
    func `a crash while it is configured fails the call that it was started for, which it has not seen`()
        async throws
    {
        let plugin = try Plugin()
        let process = plugin.process { client throws(PluginError) in _ = try await client.apply("kill") }
        let failure = await caught {
            _ = try await process.client.apply("echo")
        }
        #expect(failure?.kind == .crashed)
        #expect(failure?.mayHaveActed == false)
        #expect(plugin.notes.count { $0 == "started" } == 1)
        await process.close()
    }

    @Test func `crashes that follow each other are given more and more time`() async throws {
        var plugin = try Plugin()
        plugin.launch.limits.backoff = .seconds(1000)
        plugin.launch.limits.longestBackoff = .seconds(1500)
        let process = plugin.process()
        for _ in 0..<2 { _ = try? await process.client.read("kill") }
        let failure = await caught {
            _ = try await process.client.read("echo")
        }
        #expect(failure?.kind == .resting)
        #expect(failure?.mayHaveActed == false)
        #expect(failure?.cause == "it crashed with signal 9")
        let pauses = plugin.told.events.compactMap {
            if case .crashed(_, let pause) = $0 { pause } else { nil }
        }
        #expect(pauses == [.zero, .seconds(1000)])
        await process.close()
    }

    @Test func `a process that is killed between calls is replaced by the next`() async throws {
        let plugin = try Plugin()
        let process = plugin.process()
        _ = try await process.client.read("echo")
        kill(try #require(plugin.told.pids.first), SIGKILL)
        try await plugin.told.waitForEvent { if case .crashed = $0 { true } else { false } }
        _ = try await process.client.read("echo")
        #expect(plugin.told.pids.count == 2)
        await process.close()
    }

    @Test(arguments: Seeded.seeds(4))
    func `killed at any point, each call is answered rightly or fails by name`(seed: UInt64) async throws {
        var random = Seeded(seed)
        var plugin = try Plugin()
        plugin.launch.limits.shutdown = .milliseconds(500)
        let process = plugin.process()
        _ = try await process.client.read("echo")
        let pid = try #require(plugin.told.pids.first)
        let delay = Duration.microseconds(Int.random(in: 0...60_000, using: &random))
        async let killing: Void = {
            try? await Task.sleep(for: delay)
            kill(pid, SIGKILL)
        }()
        let wrong = await withTaskGroup(of: String?.self) { group -> [String] in
            for number in 0..<100 {
                group.addTask {
                    do throws(PluginError) {
                        let answer = try await process.client.about("r\(number)").apply(
                            "echo", planned: "\(number)")
                        return answer.newState.msgpack == Array("\(number)".utf8) ? nil : "wrong answer"
                    } catch {
                        return error.kind == .crashed && error.subject == "r\(number)" ? nil : "\(error)"
                    }
                }
            }
            return await group.reduce(into: []) { if let one = $1 { $0.append(one) } }
        }
        await killing
        #expect(wrong == [])
        try await plugin.told.waitForEvent { if case .crashed = $0 { true } else { false } }
        #expect(try await process.client.read("echo", state: "x").newState.msgpack == [120])
        await process.close()
        for pid in plugin.told.pids { try await waitForEnd(of: pid) }
    }

    @Test func `a process that nobody calls is stopped, and started again by the next call`() async throws {
        var plugin = try Plugin()
        plugin.launch.limits.idle = .milliseconds(200)
        let process = plugin.process()
        _ = try await process.client.apply("slow")
        while plugin.notes.last != "Shutdown" { try await Task.sleep(for: .milliseconds(5)) }
        #expect(plugin.notes.suffix(2) == ["ended", "Shutdown"])
        let before = plugin.told.pids.count
        _ = try await process.client.read("echo")
        #expect(plugin.told.pids.count > before)
        await process.close()
    }

    @Test func `an apply is asked to stop, and its answer is waited for`() async throws {
        let plugin = try Plugin()
        let process = plugin.process()
        let apply = Task { try await process.client.apply("wait for stop", planned: "half") }
        try await plugin.waitForNote("waiting")
        await process.close()
        #expect(try await apply.value.newState.msgpack == Array("half".utf8))
        let notes = plugin.notes
        let stop = try #require(notes.firstIndex(of: "StopProvider"))
        let shutdown = try #require(notes.firstIndex(of: "Shutdown"))
        #expect(stop < shutdown)
    }

    @Test func `with patience an apply ends by itself`() async throws {
        let plugin = try Plugin()
        let process = plugin.process()
        let apply = Task { try await process.client.apply("slow", planned: "whole") }
        try await plugin.waitForNote("begun")
        await process.close(patience: .seconds(60))
        #expect(try await apply.value.newState.msgpack == Array("whole".utf8))
        #expect(!plugin.notes.contains("StopProvider"))
    }

    @Test func `what does not end when it is asked to is killed, and what it did is not known`() async throws
    {
        var plugin = try Plugin(["STUBBORN": "1"])
        plugin.launch.limits.stop = .milliseconds(100)
        plugin.launch.limits.shutdown = .milliseconds(100)
        let process = plugin.process()
        let apply = Task {
            await caught { _ = try await process.client.apply("silent") }
        }
        try await plugin.waitForNote("ApplyResourceChange")
        let pid = try #require(plugin.told.pids.first)
        await process.close()
        let failure = await apply.value
        #expect(failure?.kind == .stopped)
        #expect(failure?.mayHaveActed == true)
        try await waitForEnd(of: pid)
    }

    @Test func `what it says and prints is told by level, without its secrets, and never stops it`()
        async throws
    {
        let greeting = #"{"@level":"warn","@message":"hello hunter2","@module":"m","n":1}"# + "\n"
        let plugin = try Plugin(["SECRET": "hunter2", "GREETING": greeting])
        let process = plugin.process(secrets: ["hunter2"])
        _ = try await process.client.read("talk")
        _ = try await process.client.read("talk on")
        _ = try await plugin.told.waitForLine { $0.message == "short" }
        for text in ["printed in pieces", "printed after the handshake", "end of talk (secret)"] {
            _ = try await plugin.told.waitForLine { $0.message == text && $0.level == .info }
        }
        await process.close()
        let lines = plugin.told.lines
        #expect(lines.count { $0.level == .debug } == 2000)
        #expect(lines.first?.message == "hello (secret)")
        #expect(lines.first?.fields == ["n": "1"])
        #expect(lines.contains { $0.message == "rest" })
        #expect(!lines.contains { "\($0)".contains("hunter2") })
        #expect(
            !lines.contains { $0.message.hasSuffix(" cut") }, "of a line that is too long nothing is told")
    }

    @Test func `a provider ends with whoever started it`() async throws {
        let plugin = try Plugin()
        let (folder, launch) = (plugin.folder.path, plugin.launch)
        let (arguments, environment) = (launch.arguments, launch.environment)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                folder = folder as String, arguments = arguments as [String],
                environment = environment as [String: String]
            ] in
            var launch = ProviderLaunch(name: "test", executable: "/usr/bin/env")
            (launch.arguments, launch.environment) = (arguments, environment)
            let process = ProviderProcess(launch) { _ throws(PluginError) in }
            _ = try await process.client.getMetadata()
            let pid = try #require(await process.vitals).pid
            try "\(pid)".write(toFile: folder + "/pid", atomically: true, encoding: .utf8)
            kill(getpid(), SIGKILL)
        }
        let pid = try #require(Int32(try String(contentsOfFile: folder + "/pid", encoding: .utf8)))
        try await waitForEnd(of: pid)
    }
}

extension ProviderProcess {
    /// The time is up while nobody can see to it, and then the call has its answer.
    fileprivate func endCallInTime() async {
        guard case .running(let process) = state else { return }
        let watch = stop(process, after: .milliseconds(200))
        try? await Task.sleep(for: .milliseconds(100))
        usleep(300_000)
        watch.cancel()
        await Task.yield()
    }
}
