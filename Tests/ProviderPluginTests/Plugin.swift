import Fixtures
import Foundation
import ProviderPlugin
import Synchronization

/// `plugin.py` as a provider, told by its environment what to do.
struct Plugin {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let packages = root.appending(path: ".engines/grpc").path(percentEncoded: false)
    private static let script = root.appending(path: "Tests/ProviderPluginTests/plugin.py").path(
        percentEncoded: false)
    static let isPossible = FileManager.default.fileExists(atPath: packages + "/grpc")

    let folder: TemporaryFolder
    let told = Told()
    var launch: ProviderLaunch

    init(_ environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        launch = ProviderLaunch(name: "test", executable: "/usr/bin/env")
        launch.arguments = ["python3", Self.script]
        launch.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "PYTHONPATH": Self.packages, "PYTHONDONTWRITEBYTECODE": "1", "NOTES": folder.path + "/notes",
        ].merging(environment) { $1 }
    }

    func process(
        secrets: [String] = [],
        prepare: @escaping ProviderProcess.Preparation = { _ throws(PluginError) in }
    ) -> ProviderProcess {
        ProviderProcess(launch, secrets: secrets, reports: told.reports) {
            [folder] client throws(PluginError) in
            // It is there for as long as the process is.
            _ = folder
            try await prepare(client)
        }
    }

    /// What the plugin has noted, in order: that it started, and the calls it got.
    var notes: [String] {
        let text = try? String(contentsOfFile: folder.path + "/notes", encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    func waitForNote(_ note: String) async throws {
        while !notes.contains(note) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// What was told of a provider's processes.
final class Told: Sendable {
    private let state = Mutex<(lines: [PluginLogLine], events: [ProviderEvent])>(([], []))

    var lines: [PluginLogLine] { state.withLock { $0.lines } }
    var events: [ProviderEvent] { state.withLock { $0.events } }
    var reports: ProviderReports {
        ProviderReports(
            log: { line in self.state.withLock { $0.lines.append(line) } },
            event: { event in self.state.withLock { $0.events.append(event) } })
    }

    /// The processes that were ready, in order.
    var pids: [Int32] {
        events.compactMap { if case .ready(let pid, _, _, _) = $0 { pid } else { nil } }
    }

    func waitForLine(where isOne: (PluginLogLine) -> Bool) async throws -> PluginLogLine {
        while true {
            if let line = lines.first(where: isOne) { return line }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func waitForEvent(where isOne: (ProviderEvent) -> Bool) async throws {
        while !events.contains(where: isOne) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// Its parent reaps it; until then it is a zombie, which has ended too.
func waitForEnd(of pid: Int32) async throws {
    while let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        !state.contains(") Z ")
    {
        try await Task.sleep(for: .milliseconds(5))
    }
}

extension ProviderClient {
    /// Reads a resource of a type, which tells the plugin what to do.
    func read(_ type: String, state: String = "") async throws(PluginError) -> ReadResourceResponse {
        try await readResource(
            ReadResourceRequest(typeName: type, currentState: DynamicValue(msgpack: Array(state.utf8))))
    }

    func apply(_ type: String, planned: String = "") async throws(PluginError) -> ApplyResourceChangeResponse
    {
        let planned = DynamicValue(msgpack: Array(planned.utf8))
        return try await applyResourceChange(
            ApplyResourceChangeRequest(
                typeName: type, priorState: DynamicValue(), plannedState: planned, config: planned))
    }
}

/// What is thrown, for comparisons that say more than that something was.
func caught(_ body: () async throws -> Void) async -> PluginError? {
    do {
        try await body()
        return nil
    } catch { return error as? PluginError }
}
