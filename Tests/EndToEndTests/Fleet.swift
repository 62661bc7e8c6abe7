import Fakes
import Fixtures
import Foundation
import Glibc
import Model
import Store

/// Objects of our Terraform provider that a seeded history asks for, in a world that outlives provider and controller.
struct Fleet {
    enum Kind: String, CaseIterable {
        /// Found again by its name.
        case thing
        /// Found again by its identity.
        case regional
        /// Its id is given by the world, and nothing else tells it from another.
        case numbered
        var type: String { "peer_\(rawValue)" }
    }
    struct Thing: Equatable {
        var kind: Kind
        /// Of its object, in the world.
        var name: String
        var size: Int
        /// Another one is another object.
        var zone = "eu"
        var createsFirst = false
    }
    enum Event: CaseIterable { case create, update, replace, createFirst, delete }

    private(set) var things: [String: Thing] = [:]
    private var random: Seeded
    private var lastSize = 0
    private var lastName = 0
    let site: Site
    let world: PeerWorld

    init(_ site: Site, seed: UInt64) async throws {
        (self.site, random, world) = (site, Seeded(seed), try PeerWorld())
        let version = seed.isMultiple(of: 2) ? PeerProvider.protocol6 : .protocol5
        try await site.configure(version, over: world)
        // So that whoever is killed at some moment of an apply is killed before the object is there, or after.
        try world.fault([
            ["call": "apply", "do": "slow", "argument": "0.03"],
            ["call": "apply", "do": "linger", "argument": "0.03"],
        ])
        for kind in Kind.allCases { try add(kind) }
        try await site.git.commit("first")
    }

    var manifestIDs: Set<String> { Set(things.keys.map { "infrastructure/shop/\($0)" }) }

    private mutating func newSize() -> Int {
        lastSize += 1
        return lastSize
    }
    private mutating func add(_ kind: Kind) throws {
        lastName += 1
        let name = "\(kind.rawValue)\(lastName)"
        try set(name, Thing(kind: kind, name: name, size: newSize()))
    }
    private mutating func set(_ name: String, _ thing: Thing) throws {
        things[name] = thing
        let place =
            switch thing.kind {
            case .thing: ""
            case .regional: ", region: \(thing.zone)"
            case .numbered: ", zone: \(thing.zone)"
            }
        try site.git.write(
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: \(name)}
            spec:
              provider: peer
              type: \(thing.kind.type)
              lifecycle: {createBeforeDestroy: \(thing.createsFirst)}
              config: {name: \(thing.name), size: \(thing.size)\(place)}

            """, to: "m/\(name).yaml")
    }

    /// One thing happens in the repository; gives what, for messages.
    mutating func happen(_ event: Event) async throws -> String {
        let kinds = event == .createFirst ? [Kind.thing, .numbered] : Kind.allCases
        let names = things.filter { kinds.contains($0.value.kind) }.keys.sorted()
        guard event != .create, let name = names.randomElement(using: &random), var thing = things[name]
        else {
            let kind = Kind.allCases.randomElement(using: &random) ?? .thing
            try add(kind)
            return try await committed("create a \(kind)")
        }
        if event == .delete {
            things[name] = nil
            try site.git.remove("m/\(name).yaml")
            return try await committed("delete \(name)")
        }
        thing.size = newSize()
        if event != .update {
            thing.createsFirst = event == .createFirst
            if thing.kind == .thing { thing.name = "\(name)-\(thing.size)" } else { thing.zone += "+" }
        }
        try set(name, thing)
        return try await committed("\(event) \(name)")
    }
    private func committed(_ what: String) async throws -> String {
        try await site.git.commit(what)
        return what
    }
}

extension Fleet {
    /// An object, as the world has it.
    struct Found: Hashable {
        var type: String
        var id: String
        var name: String
        var size: Int?
        var zone: String
    }
    var objects: [Found] {
        Kind.allCases.flatMap { kind in
            world.names(kind.type).compactMap { id in
                guard let fields = world.object(kind.type, id) else { return nil }
                return Found(
                    type: kind.type, id: id, name: fields["name"] as? String ?? "",
                    size: fields["size"] as? Int,
                    zone: (fields["region"] ?? fields["zone"]) as? String ?? "eu")
            }
        }
    }

    /// What is not as it is asked for, a line each; empty where nothing is lost, doubled or left behind.
    func differences() -> [String] {
        let found = Dictionary(grouping: objects) { "\($0.type) \($0.name)" }
        let asked = Dictionary(
            things.values.map { ("\($0.kind.type) \($0.name)", $0) }, uniquingKeysWith: { $1 })
        var lines = Set(found.keys).subtracting(asked.keys).map { "\($0) is left behind" }
        for (name, thing) in asked {
            let objects = found[name] ?? []
            if objects.count != 1 { lines.append("\(name): there are \(objects.count)") }
            for object in objects where object.size != thing.size || object.zone != thing.zone {
                lines.append("\(name): is \(object), not \(thing)")
            }
        }
        return lines.sorted()
    }

    /// How an operator who was told to look finds out what became of a create, while no controller runs: the words after
    /// `martlet settle ID`.
    func settlements() throws -> [String: [String]] {
        guard FileManager.default.fileExists(atPath: site.database) else { return [:] }
        let ledger = try site.ledger()
        let known = Set(
            ledger.records.values.flatMap { [$0.observation] + $0.deposed }
                .compactMap { $0.outputs["id"]?.string })
        var words: [String: [String]] = [:]
        for step in ledger.unanswered.values {
            guard step.verb == .create, let name = step.desired?["config"]?["name"]?.string else { continue }
            let strays = objects.filter { $0.type == step.type && $0.name == name && !known.contains($0.id) }
            guard strays.count < 2 else { throw Overdue(description: "made twice: \(strays)") }
            words[step.id.description] =
                strays.first.map { ["--made", "--import-id", $0.id] } ?? ["--not-made"]
        }
        return words
    }

    /// The provider's process, of the controller's; nil where none runs.
    static func provider(_ program: String = "terraform-provider-peer", of controller: Int32) -> Int32? {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.compactMap { Int32($0) }.first { pid in
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                // "PID (NAME) STATE PARENT …", and a name may have anything in it.
                let parent = status.split(separator: ")").last?.split(separator: " ").dropFirst().first,
                Int32(parent) == controller,
                let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
            else { return false }
            return command.range(of: Data(program.utf8)) != nil
        }
    }
    /// How many applies have come to the provider.
    var applies: Int {
        world.calls.count { ["create", "update", "delete"].contains($0.prefix { $0 != " " }) }
    }
}
