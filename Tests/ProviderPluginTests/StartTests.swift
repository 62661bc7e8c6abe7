import ChildProcess
import Fixtures
import Foundation
import ProviderPlugin
import Testing

@Suite(.enabled(if: Plugin.isPossible, "gRPC is not there: run Tests/engines/grpc"), .timeLimit(.minutes(5)))
struct StartTests {
    private func failureToStart(_ plugin: Plugin) async -> PluginError? {
        let process = plugin.process(secrets: ["hunter2"])
        let failure = await caught {
            _ = try await process.client.getMetadata()
        }
        await process.close()
        return failure
    }

    @Test(
        arguments: [
            (
                ["HANDSHAKE": "1|5|unix|/tmp/nowhere|grpc"],
                "it listens on unix '/tmp/nowhere', which is none of ours"
            ),
            (["HANDSHAKE": "1|7|unix|/tmp/nowhere|grpc"], "it speaks protocol 7, not 5 or 6"),
            (["HANDSHAKE": "hello hunter2"], "it begins with 'hello (secret)' instead of where it listens"),
            (["HANDSHAKE": "1|6|tcp|127.0.0.1:1|grpc"], "it can't be reached where it says that it listens"),
            (["HANDSHAKE": "1|6|tcp|127.0.0.1:1|grpc|AAAA"], "its handshake's certificate is none"),
            (
                ["EXIT": "3", "GREETING": "no license for hunter2\n"],
                "it ended before it said where it listens, with exit code 3: no license for (secret)"
            ),
            (["MUTE": "1"], "it did not say where it listens in 2.0 seconds"),
        ] as [([String: String], String)])
    func `a plugin that does not start well is refused, and is gone`(
        environment: [String: String], cause: String
    ) async throws {
        var plugin = try Plugin(environment)
        if environment["MUTE"] != nil { plugin.launch.limits.start = .seconds(2) }
        let failure = await failureToStart(plugin)
        #expect(failure?.cause == cause)
        #expect(failure?.call == "GetMetadata")
        #expect(failure?.mayHaveActed == false)
        #expect(plugin.told.pids.isEmpty)
        guard case .refused(let told, _) = plugin.told.events.first else {
            Issue.record("it was not told: \(plugin.told.events)")
            return
        }
        #expect(told.cause == cause)
    }

    @Test func `a program that is not there is said so`() async throws {
        var plugin = try Plugin()
        plugin.launch.executable = "/nowhere/terraform-provider-x"
        let failure = await failureToStart(plugin)
        #expect(
            failure.map { "\($0)" }
                == "provider 'test': GetMetadata: start '/nowhere/terraform-provider-x': no such file or directory"
        )
    }

    @Test func `the environment is what is given, and what the protocol needs`() async throws {
        let folder = try TemporaryFolder()
        var launch = ProviderLaunch(name: "env", executable: "/bin/sh")
        launch.arguments = ["-c", "/usr/bin/env >\(folder.path)/out; exit 1"]
        launch.environment = ["A": "1", "PLUGIN_CLIENT_CERT": "x", "TF_LOG_SDK": "debug"]
        let process = ProviderProcess(launch) { _ throws(PluginError) in }
        _ = await caught { _ = try await process.client.getMetadata() }
        let text = try String(contentsOfFile: folder.path + "/out", encoding: .utf8)
        var names = Set(
            text.split(separator: "\n").compactMap { $0.split(separator: "=").first.map(String.init) })
        names.subtract(["PWD", "SHLVL", "_", "OLDPWD"])
        #expect(
            names == [
                "A", "PLUGIN_MAX_PORT", "PLUGIN_MIN_PORT", "PLUGIN_PROTOCOL_VERSIONS",
                "PLUGIN_UNIX_SOCKET_DIR",
                "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_MUX", "TF_LOG_SDK_PROTO",
                "TF_PLUGIN_MAGIC_COOKIE",
            ])
        #expect(text.contains("TF_LOG_SDK=debug\n"))
        #expect(text.contains("TF_LOG_PROVIDER=off\n"))
    }

    @Test func `a provider is asked by its own name to say nothing`() async throws {
        let folder = try TemporaryFolder()
        let program = "\(folder.path)/terraform-provider-google-beta_v6.1.0_x5"
        try "#!/bin/sh\n/usr/bin/env >\(folder.path)/out; exit 1\n".write(
            toFile: program, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
        let process = ProviderProcess(ProviderLaunch(name: "google", executable: program)) {
            _ throws(PluginError) in
        }
        _ = await caught { _ = try await process.client.getMetadata() }
        let text = try String(contentsOfFile: folder.path + "/out", encoding: .utf8)
        #expect(text.split(separator: "\n").contains("TF_LOG_PROVIDER_GOOGLE_BETA=off"))
    }

    private func certificate(_ folder: TemporaryFolder, _ name: String) async throws {
        let command = Command(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "1",
                "-subj", "/CN=localhost", "-keyout", "\(folder.path)/\(name).key", "-out",
                "\(folder.path)/\(name).pem",
            ])
        let ended = try await command.run { await $0.waitForExit() }
        #expect(ended.status == .exited(0))
    }

    @Test func `a plugin that wants TLS is known by its handshake's certificate`() async throws {
        var plugin = try Plugin()
        try await certificate(plugin.folder, "right")
        plugin.launch.environment["CERTIFICATE"] = plugin.folder.path + "/right.pem"
        plugin.launch.environment["NAMED_CERTIFICATE"] = plugin.folder.path + "/right.pem"
        plugin.launch.environment["KEY"] = plugin.folder.path + "/right.key"
        let process = plugin.process()
        #expect(try await process.client.read("echo", state: "x").newState.msgpack == [120])
        await process.close()
    }

    @Test func `a plugin that shows another certificate is not talked to`() async throws {
        var plugin = try Plugin()
        try await certificate(plugin.folder, "right")
        try await certificate(plugin.folder, "other")
        plugin.launch.environment["CERTIFICATE"] = plugin.folder.path + "/right.pem"
        plugin.launch.environment["NAMED_CERTIFICATE"] = plugin.folder.path + "/other.pem"
        plugin.launch.environment["KEY"] = plugin.folder.path + "/right.key"
        let process = plugin.process()
        let failure = await caught {
            _ = try await process.client.read("echo")
        }
        #expect(failure?.kind == .untrusted)
        #expect(failure?.cause == "it shows another certificate than its handshake names")
        #expect(failure?.mayHaveActed == false)
        #expect(!plugin.notes.contains("ReadResource"))
        await process.close()
    }

    @Test func `nothing is left of a socket's folder once it is connected`() async throws {
        let plugin = try Plugin()
        let process = plugin.process()
        _ = try await process.client.getMetadata()
        let pid = try #require(await process.vitals).pid
        let environment = try String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)
        let variable = environment.split(separator: "\0").first { $0.hasPrefix("PLUGIN_UNIX_SOCKET_DIR=") }
        let folder = try #require(variable?.split(separator: "=").last)
        #expect(folder.hasPrefix("/tmp/plugin-"))
        #expect(!FileManager.default.fileExists(atPath: String(folder)))
        await process.close()
    }
}
