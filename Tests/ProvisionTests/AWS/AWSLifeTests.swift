import Fakes
import Foundation
import Model
import Testing

@testable import Provision

/// Twenty-one types of AWS, in one graph, through the real loop and the real `hashicorp/aws`.
@Suite(
    .enabled(if: AWSCloud.isPossible, AWSCloud.missing),
    .timeLimit(.minutes(15)))
struct AWSLifeTests {
    @Test func `what a cloud has is made, mended, changed, replaced, imported and deleted`() async throws {
        try await AWSCloud.run { cloud in
            let life = try AWSLife(cloud)
            do {
                try await life.create()
                try await life.mendDrift()
                try await life.change()
                try await life.replace()
                try await life.importAnew()
                try await life.destroy()
            } catch {
                await life.site.close()
                throw error
            }
            await life.site.close()
        }
    }
}

/// Every stage ends with nothing left to do.
private final class AWSLife {
    let cloud: AWSCloud
    private(set) var site: TerraformSite
    private var configs = Dictionary(uniqueKeysWithValues: AWSObject.all.map { ($0.name, $0.config) })

    init(_ cloud: AWSCloud) throws {
        self.cloud = cloud
        site = try TerraformSite(Self.setup(cloud))
    }
    private static func setup(_ cloud: AWSCloud) -> ProviderSetup {
        let settings: [String: Value] = [
            "skip_credentials_validation": .bool(true), "skip_requesting_account_id": .bool(true),
            "skip_region_validation": .bool(true), "s3_use_path_style": .bool(true),
        ]
        return ProviderSetup(
            name: "aws", source: "registry.terraform.io/hashicorp/aws", executable: AWSCloud.provider ?? "",
            environment: AWSCloud.credentials.merging(["AWS_ENDPOINT_URL": cloud.endpoint]) { $1 },
            settings: .map(settings))
    }

    func create() async throws {
        let steps = try await commit()
        #expect(Set(steps) == Set(AWSObject.all.map { "create \($0.name)" }))
        #expect(try await site.resync() == [])
    }

    func mendDrift() async throws {
        try await cloud.calls(try AWSObject.all.map { ($0.drift.call, try filled($0.drift.arguments)) })
        let steps = try await site.resync()
        #expect(Set(steps) == Set(AWSObject.all.map { "\($0.isGone ? "create" : "update") \($0.name)" }))
        #expect(try await site.resync() == [])
    }

    func change() async throws {
        let changing = AWSObject.all.filter { $0.changed != nil }
        for object in changing { configs[object.name] = object.changed }
        let steps = try await commit()
        #expect(Set(steps) == Set(changing.map { "update \($0.name)" }))
        #expect(try await site.resync() == [])
    }

    func replace() async throws {
        let replacing = AWSObject.all.filter { $0.replaced != nil }
        let before = configs
        for object in replacing { configs[object.name] = object.replaced }
        let steps = try await commit()
        #expect(Set(steps) == Set(replacing.flatMap { ["delete \($0.name)", "create \($0.name)"] }))
        #expect(try await site.resync() == [])
        configs = before
        #expect(Set(try await commit()) == Set(steps))
        #expect(try await site.resync() == [])
    }

    /// A controller that has never seen them takes them over by their ids, and changes nothing that AWS knows of.
    func importAnew() async throws {
        let imported = AWSObject.all.filter { $0.importID != nil }
        let ids = try Dictionary(
            uniqueKeysWithValues: imported.map { ($0.name, try filled($0.importID ?? "")) })
        let former = site
        site = try TerraformSite(Self.setup(cloud))
        let text = imported.map { object in
            var config = configs[object.name] ?? ""
            config.replace("${infrastructure.key.key_name}", with: "shop")
            return object.manifest(config, adopting: ids[object.name])
        }
        #expect(try await site.commit(text.joined()) == [])
        #expect(!site.steps.contains { !$0.hasPrefix("update") }, "\(site.steps)")
        for object in imported {
            let record = try site.record(object.name)
            #expect(record != nil, "\(object.name): \(site.held(object.name)?.message ?? "not held")")
            #expect(
                record?.observation.outputs[object.lasting]
                    == (try former.record(object.name))?.observation.outputs[object.lasting], "\(object.name)"
            )
        }
        #expect(try await site.resync() == [])
        await site.close()
        site = former
        #expect(try await site.resync() == [])
    }

    func destroy() async throws {
        configs = [:]
        let steps = try await commit()
        #expect(Set(steps) == Set(AWSObject.all.map { "delete \($0.name)" }))
        let left = try await cloud.calls([
            ("s3.list_buckets", "{}"), ("sqs.list_queues", "{}"), ("sns.list_topics", "{}"),
            ("iam.list_roles", "{}"), ("route53.list_hosted_zones", "{}"), ("dynamodb.list_tables", "{}"),
        ])
        #expect(!left.joined().contains("shop"), "\(left)")
    }

    /// The steps that this has led to.
    private func commit() async throws -> [String] {
        let before = site.steps.count
        let text = AWSObject.all.compactMap { object in configs[object.name].map { object.manifest($0) } }
        #expect(try await site.commit(text.joined()) == [])
        return Array(site.steps.dropFirst(before))
    }

    /// With outputs instead of `<name.output>`.
    private func filled(_ text: String) throws -> String {
        try text.replacing(/<([a-z-]+)\.([a-z_]+)>/) { match in
            try site.record(String(match.1))?.observation.outputs[String(match.2)]?.string ?? "none"
        }
    }
}
