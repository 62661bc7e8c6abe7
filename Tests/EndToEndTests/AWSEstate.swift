import Fakes
import Fixtures
import Foundation
import Model
import Store

/// What a seeded history asks of AWS: a bucket and a queue, which their names tell apart, and a network with a security group
/// in it, to which AWS gives ids.
struct AWSEstate: Sendable {
    enum Kind: String, CaseIterable {
        case bucket = "aws_s3_bucket"
        case queue = "aws_sqs_queue"
        case network = "aws_vpc"
        case group = "aws_security_group"
    }
    private struct Thing {
        var size = 1
        /// Another one is another object.
        var generation = 1
        var isAsked = true
    }

    let site: Site
    private let cloud: AWSCloud
    private var things = Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0, Thing()) })
    private var random: Seeded

    init(_ cloud: AWSCloud, seed: UInt64) async throws {
        (self.cloud, random, site) = (cloud, Seeded(seed), try await Site())
        let variables = AWSCloud.credentials.merging(["AWS_ENDPOINT_URL": cloud.endpoint]) { $1 }
            .sorted { $0.key < $1.key }.map { "\($0.key): \"\($0.value)\"" }.joined(separator: ", ")
        try site.configure(
            allow: ", engines: [aws]",
            rest: """
                providers: {mirrors: [{filesystem: "\(AWSCloud.mirror)"}]}
                engines:
                  aws:
                    type: terraform
                    source: hashicorp/aws
                    version: "\(AWSCloud.version)"
                    config:
                      skip_credentials_validation: true
                      skip_requesting_account_id: true
                      skip_region_validation: true
                      s3_use_path_style: true
                    environment: {\(variables)}
                """)
        let locked = try await martlet(["providers", "lock", "--config", site.configuration])
        guard locked.code == 0 else { throw GitProgram.Failure(text: locked.errors) }
        for kind in Kind.allCases { try write(kind) }
        try await site.git.commit("first")
    }

    /// Of what is asked for.
    var ids: Set<String> { Set(asked.map(id)) }
    private var asked: [Kind] { Kind.allCases.filter { things[$0]?.isAsked ?? false } }
    private func id(_ kind: Kind) -> String { "infrastructure/shop/\(kind)" }

    /// As the object is called; a network and a group have it as a tag.
    private func name(_ kind: Kind) -> String {
        kind == .group || kind == .network ? "shop-\(kind)" : "shop-\(kind)-\(things[kind]?.generation ?? 0)"
    }
    private func config(_ kind: Kind, _ thing: Thing) -> String {
        let tags = "tags: {Name: \(name(kind)), size: \"\(thing.size)\"}"
        return switch kind {
        case .bucket: "{bucket: \(name(kind)), \(tags)}"
        case .queue: "{name: \(name(kind)), delay_seconds: \(thing.size), \(tags)}"
        case .network: "{cidr_block: \"10.\(thing.generation).0.0/16\", \(tags)}"
        case .group:
            "{name: shop, description: \"shop \(thing.generation)\", vpc_id: \"${infrastructure.network.id}\", \(tags)}"
        }
    }
    private func write(_ kind: Kind) throws {
        guard let thing = things[kind] else { return }
        try site.git.write(
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: \(kind)}
            spec: {provider: aws, type: \(kind.rawValue), config: \(config(kind, thing))}

            """, to: "m/\(kind).yaml")
    }

    /// One thing happens in the repository; gives what, for messages.
    mutating func happen() async throws -> String {
        guard let kind = Kind.allCases.randomElement(using: &random), var thing = things[kind] else {
            return ""
        }
        let what: String
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where kind != .network || !(things[.group]?.isAsked ?? false):
            thing.isAsked.toggle()
            what = thing.isAsked ? "create" : "delete"
            if !thing.isAsked { try site.git.remove("m/\(kind).yaml") }
        case 1, 2:
            thing.generation += 1
            what = "replace"
        default:
            thing.size += 1
            what = "update"
        }
        if kind == .group { things[.network]?.isAsked = true }
        things[kind] = thing
        for kind in asked { try write(kind) }
        try await site.git.commit("\(what) \(kind)")
        return "\(what) \(kind)"
    }
}

extension AWSEstate {
    /// What AWS has, each as its type and what it is imported by, by its name here.
    private func objects() async throws -> [(kind: Kind, name: String, importID: String, place: String)] {
        struct Buckets: Decodable {
            struct Bucket: Decodable { var name: String }
            var buckets: [Bucket]?
        }
        struct Queues: Decodable { var queueUrls: [String]? }
        struct Tag: Decodable { var key, value: String }
        struct Networks: Decodable {
            struct Network: Decodable {
                var vpcId, cidrBlock: String
                var tags: [Tag]?
            }
            var vpcs: [Network]
        }
        struct Groups: Decodable {
            struct Group: Decodable {
                var groupId, vpcId, description: String
                var tags: [Tag]?
            }
            var securityGroups: [Group]
        }
        let answers = try await cloud.calls([
            ("s3.list_buckets", "{}"), ("sqs.list_queues", "{}"), ("ec2.describe_vpcs", "{}"),
            ("ec2.describe_security_groups", "{}"),
        ]).map { Data($0.utf8) }
        let reader = JSONDecoder()
        reader.keyDecodingStrategy = .custom { AWSName($0.last?.stringValue ?? "") }
        func name(_ tags: [Tag]?) -> String? { tags?.first { $0.key == "Name" }?.value }
        let buckets = try reader.decode(Buckets.self, from: answers[0]).buckets ?? []
        let queues = try reader.decode(Queues.self, from: answers[1]).queueUrls ?? []
        let networks = try reader.decode(Networks.self, from: answers[2]).vpcs.filter { name($0.tags) != nil }
        let groups = try reader.decode(Groups.self, from: answers[3]).securityGroups.filter {
            $0.description.hasPrefix("shop")
        }
        return buckets.map { (.bucket, $0.name, $0.name, "") }
            + queues.map { (.queue, $0.split(separator: "/").last.map(String.init) ?? "", $0, "") }
            + networks.map { (.network, name($0.tags) ?? "", $0.vpcId, $0.cidrBlock) }
            + groups.map { (.group, name($0.tags) ?? "", $0.groupId, "\($0.vpcId) \($0.description)") }
    }

    /// What is not as it is asked for, a line each; empty where nothing is lost, doubled or left behind.
    func differences() async throws -> [String] {
        let found = try await objects()
        let network = found.first { $0.kind == .network }?.importID ?? ""
        var wanted: [String] = []
        for kind in asked {
            let generation = things[kind]?.generation ?? 0
            let place =
                switch kind {
                case .bucket, .queue: ""
                case .network: "10.\(generation).0.0/16"
                case .group: "\(network) shop \(generation)"
                }
            wanted.append("\(kind) \(name(kind)) \(place)")
        }
        let there = found.map { "\($0.kind) \($0.name) \($0.place)" }.sorted()
        return there == wanted.sorted() ? [] : ["there is \(there), and asked for is \(wanted)"]
    }

    /// How an operator who was told to look finds out what became of a create, while no controller runs: the words after
    /// `martlet settle ID`.
    func settlements() async throws -> [String: [String]] {
        guard FileManager.default.fileExists(atPath: site.database) else { return [:] }
        let (ledger, found) = (try site.ledger(), try await objects())
        let known = Set(
            ledger.records.values.flatMap { [$0.observation] + $0.deposed }
                .compactMap { $0.outputs["id"]?.string })
        var words: [String: [String]] = [:]
        for step in ledger.unanswered.values where step.verb == .create {
            let config = step.desired?["config"]
            let names = [config?["bucket"], config?["name"], config?["tags"]?["Name"]].compactMap {
                $0?.string
            }
            let strays = found.filter {
                $0.kind.rawValue == step.type && !known.contains($0.importID)
                    && (names.contains($0.name) || $0.kind == .group)
            }
            guard strays.count < 2 else { throw Overdue(description: "made twice: \(strays)") }
            words[step.id.description] =
                strays.first.map { ["--made", "--import-id", $0.importID] } ?? ["--not-made"]
        }
        return words
    }
}

/// A field of an answer: `VpcId` is our `vpcId`.
private struct AWSName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name.prefix(1).lowercased() + name.dropFirst() }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
