import Foundation
import Model
import ProviderPackages
import ProviderPlugin
import Provision
import Review

/// The configured providers: `martlet providers`. The JSON is versioned by its schema.
struct ProviderList: Codable, Sendable, Equatable {
    struct Row: Codable, Sendable, Equatable {
        /// The engine's name.
        var name: String
        var source: String
        /// What is asked for; empty for any version.
        var constraints: String
        var pinned: String?
        /// The newest version that will do and that a mirror has for this machine.
        var found: String?
        var running: Running?
        /// What keeps it from being started.
        var problem: String?
        var hint: String?
    }
    /// A process of it, as the running controller tells.
    struct Running: Codable, Sendable, Equatable {
        var pid: Int
        var startedInMilliseconds: Int
        var residentBytes: Int?
    }
    private(set) var schema = "martlet/providers/v1"
    var providers: [Row]
    var warnings: [String]

    init(_ providers: [Row], warnings: [Diagnostic]) {
        (self.providers, self.warnings) = (providers, warnings.map(\.description))
    }

    /// What can be known here: the running controller adds what runs.
    init(_ configuration: Configuration, _ sources: ProviderSources) async {
        var rows: [Row] = []
        for (name, engine) in configuration.namedEngines.sorted(by: { $0.key < $1.key }) {
            guard let settings = engine.terraform else { continue }
            var row = Row(
                name: name, source: settings.source.short, constraints: settings.version.description)
            row.pinned = sources.lock.pins[settings.source]?.version.description
            do throws(PackageError) {
                row.found = try await sources.mirrors.versions(of: settings.source, for: .current)
                    .last(where: settings.version.allows)?.description
                if sources.overrides[settings.source] == nil {
                    _ = try sources.lock.pin(of: settings.source, within: settings.version)
                }
            } catch { (row.problem, row.hint) = (error.message, error.hint) }
            rows.append(row)
        }
        self.init(rows, warnings: sources.warnings)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self).escapedInJSON + "\n"
    }

    func text() -> String {
        if providers.isEmpty {
            return
                "no provider is configured\n\nhint: 'martlet explain Configuration.engines.source' says how\n"
        }
        let head = ["ENGINE", "SOURCE", "WANTED", "PINNED", "FOUND", "RUNNING"]
        let rows = providers.map { row in
            [
                row.name, row.source, row.constraints.isEmpty ? "any" : row.constraints, row.pinned ?? "-",
                row.found ?? "-", row.running?.text ?? "-",
            ]
        }
        var text = ([head] + rows).aligned.joined(separator: "\n") + "\n"
        for row in providers {
            guard let problem = row.problem else { continue }
            text +=
                "\n! \(row.name): \(problem.escapedForDisplay)\n" + (row.hint.map { "  hint: \($0)\n" } ?? "")
        }
        return text + warnings.map { "\n\($0)\n" }.joined()
    }
}

extension Controller {
    /// The processes of providers, by the engine's name.
    var runningProviders: [String: ProviderList.Running] {
        get async {
            var running: [String: ProviderList.Running] = [:]
            for (name, engine) in generation.engines.providers {
                running[name] = await engine.process.vitals.map { ProviderList.Running($0) }
            }
            return running
        }
    }
}

extension ProviderList.Running {
    fileprivate init(_ vitals: ProviderVitals) {
        let (seconds, attoseconds) = vitals.startedIn.components
        pid = Int(vitals.pid)
        startedInMilliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        residentBytes = vitals.residentBytes
    }
    fileprivate var text: String {
        let memory = residentBytes.map { ", \($0 >> 20) MiB" } ?? ""
        return "pid \(pid)\(memory), started in \(startedInMilliseconds) ms"
    }
}
