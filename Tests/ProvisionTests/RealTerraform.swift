import ChildProcess
import Cty
import Fakes
import Fixtures
import Foundation

/// The real `terraform`, over our provider in a world of its own. Nothing of the machine's own configuration is read.
struct RealTerraform {
    let folder: TemporaryFolder
    let provider: PeerProvider
    let world: PeerWorld

    private static let program = installed("terraform")
    static let isPossible = program != nil && PeerProvider.isPossible

    /// What would be done to one resource.
    struct Change: Hashable {
        /// As Terraform names them: `["delete", "create"]`.
        var actions: [String]
        /// What it would be then; what is not known is left out.
        var after: JSON
    }
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    init(_ provider: PeerProvider) throws {
        (folder, world, self.provider) = (try TemporaryFolder(), try PeerWorld(), provider)
        let binaries = URL(filePath: provider.executable).deletingLastPathComponent().path(
            percentEncoded: false)
        try folder.write(
            #"provider_installation { dev_overrides { "\#(PeerProvider.source)" = "\#(binaries)" } }"#,
            to: "cli.tfrc")
    }

    /// - Parameter resources: configurations by type and name.
    func plan(_ resources: [String: [String: JSON]]) async throws -> [String: Change] {
        let needed: JSON = .object(["peer": .object(["source": .string(PeerProvider.source)])])
        let configuration: JSON = .object([
            "terraform": .object(["required_providers": needed]),
            "provider": .object(["peer": .object(["world": .string(world.path)])]),
            "resource": .object(resources.mapValues { .object($0) }),
        ])
        try folder.write(configuration.text, to: "work/main.tf.json")
        _ = try await run(["plan", "-input=false", "-no-color", "-out=plan"])
        let shown = try JSON(try await run(["show", "-json", "plan"]))
        var changes: [String: Change] = [:]
        for change in shown["resource_changes"]?.items ?? [] {
            guard let name = change["name"]?.string, let change = change["change"] else { continue }
            changes[name] = Change(
                actions: change["actions"]?.items.compactMap(\.string) ?? [], after: change["after"] ?? .null)
        }
        return changes
    }
    func apply() async throws { _ = try await run(["apply", "-input=false", "-no-color", "plan"]) }

    private func run(_ arguments: [String]) async throws -> [UInt8] {
        let command = Command(
            Self.program ?? "", arguments,
            environment: [
                "HOME": folder.path, "PATH": "/usr/bin:/bin", "TF_CLI_CONFIG_FILE": folder.path + "/cli.tfrc",
                "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
            ], in: folder.path + "/work", limits: Command.Limits(whole: .seconds(300)))
        let ended = try await command.run { child in
            async let errors = child.errors.collect(atMost: 1 << 20)
            let output = await child.output.collect(atMost: 1 << 26)
            return (output, await errors, await child.waitForExit())
        }
        let (output, errors, _) = ended.result
        guard ended.status.isSuccess else {
            let said = String(decoding: output + errors, as: UTF8.self).suffix(4000)
            throw Failure(description: "terraform \(arguments[0]): \(ended.status)\n\(said)")
        }
        return output
    }
}

extension JSON {
    subscript(name: String) -> JSON? { if case .object(let fields) = self { fields[name] } else { nil } }
    var items: [JSON] { if case .array(let items) = self { items } else { [] } }
    var string: String? { if case .string(let text) = self { text } else { nil } }

    /// With the items of each set in one order, so that equal sets are equal.
    func sorted(as type: CtyType) -> JSON {
        switch (type, self) {
        case (.list(let element), .array(let items)): .array(items.map { $0.sorted(as: element) })
        case (.set(let element), .array(let items)):
            .array(items.map { $0.sorted(as: element) }.sorted { $0.text < $1.text })
        case (.map(let element), .object(let fields)): .object(fields.mapValues { $0.sorted(as: element) })
        case (.object(let types, _), .object(let fields)):
            .object(Dictionary(uniqueKeysWithValues: fields.map { ($0, types[$0].map($1.sorted) ?? $1) }))
        default: self
        }
    }
}

extension CtyValue {
    /// As Terraform prints a plan: what is not known is left out of objects and maps, and is null in lists.
    var shown: JSON? {
        switch self {
        case .null: .null
        case .unknown, .refined: nil
        case .bool(let flag): .bool(flag)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        case .dynamic(_, let value): value.shown
        case .list(let items): .array(items.map { $0.shown ?? .null })
        case .set(let set): .array(set.items.map { $0.shown ?? .null })
        case .object(let fields): .object(fields.compactMapValues(\.shown))
        }
    }
}
