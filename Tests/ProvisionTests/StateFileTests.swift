import Cty
import Model
import Testing

@testable import Provision

@Suite struct StateFileTests {
    /// As Terraform 1.11.4 writes it.
    private static let text = #"""
        {
          "version": 4, "terraform_version": "1.11.4", "serial": 18, "lineage": "6c9b", "outputs": {},
          "resources": [
            {"mode": "data", "type": "peer_thing", "name": "d",
             "provider": "provider[\"registry.example/martlet/peer\"]",
             "instances": [{"schema_version": 0, "attributes": {"id": "d"}, "sensitive_attributes": []}]},
            {"mode": "managed", "type": "peer_regional", "name": "main_net",
             "provider": "provider[\"registry.example/martlet/peer\"].eu",
             "instances": [{"schema_version": 3, "attributes": {"id": "r", "size": 12345678901234567890.5},
               "sensitive_attributes": [], "private": "AAEC", "identity_schema_version": 1,
               "identity": {"region": "eu", "name": "r"}}]},
            {"mode": "managed", "type": "peer_thing", "name": "each",
             "provider": "provider[\"registry.example/martlet/peer\"]",
             "instances": [
               {"index_key": "a", "schema_version": 0, "attributes": {"id": "a"},
                "dependencies": ["peer_regional.main_net", "module.m.peer_thing.inner", "data.peer_thing.d"]},
               {"index_key": "b \"c\"", "status": "tainted", "schema_version": 0, "attributes": {"id": "b"}},
               {"index_key": "a", "deposed": "7a428ee3", "schema_version": 0, "attributes": {"id": "old"}}]},
            {"mode": "managed", "type": "peer_thing", "name": "many", "each": "list",
             "provider": "provider[\"registry.example/martlet/peer\"]",
             "instances": [{"index_key": 0, "schema_version": 0, "attributes": {"id": "zero"}}]},
            {"module": "module.m", "mode": "managed", "type": "peer_thing", "name": "inner",
             "provider": "module.m.provider[\"registry.example/martlet/peer\"]",
             "instances": [{"schema_version": 0, "attributes": {"id": "inner"}}]},
            {"mode": "managed", "type": "peer_thing", "name": "gone",
             "provider": "provider[\"registry.example/martlet/peer\"]",
             "instances": [{"deposed": "1234abcd", "schema_version": 0, "attributes": {"id": "gone"}}]},
            {"mode": "managed", "type": "peer_thing", "name": "ancient",
             "provider": "provider[\"registry.example/martlet/peer\"]",
             "instances": [{"schema_version": 0, "attributes_flat": {"id": "x"}}]}
          ],
          "check_results": null
        }
        """#

    private static let source = "registry.example/martlet/peer"

    private func manifest(
        _ name: String, _ type: String, key: String? = nil, engine: String = "peer", field: String = "type"
    ) -> Manifest {
        Manifest(
            ResourceID("infrastructure", "shop", name, key: key), source: "live", layer: .provision,
            engine: engine,
            type: type, spec: .literal(.map(["provider": .string(engine), field: .string(type)])))
    }

    private func imported(
        _ manifests: [Manifest], providers: [String: String] = ["peer": source],
        map: [String: ResourceID] = [:],
        recorded: [ResourceID: Recorded] = [:]
    ) throws -> StateImport {
        StateImport(
            try StateFile(Array(Self.text.utf8)),
            into: StateImport.Place(
                manifests: Dictionary(uniqueKeysWithValues: manifests.map { ($0.id, $0) }),
                providers: providers,
                recorded: recorded, map: map))
    }

    @Test func `objects are read with all that Terraform keeps of them`() throws {
        let file = try StateFile(Array(Self.text.utf8))
        #expect(
            file.objects.map(\.address) == [
                "peer_regional.main_net", #"peer_thing.each["a"]"#, #"peer_thing.each["b \"c\""]"#,
                "peer_thing.many[0]", "module.m.peer_thing.inner", "peer_thing.gone", "peer_thing.ancient",
            ])
        #expect(file.dataSources == 1)
        let net = try #require(file.objects[0].state)
        #expect(net.provider == Self.source && net.type == "peer_regional" && net.version == 3)
        #expect(net.privateBytes == [0, 1, 2])
        #expect(net.identity == .object(["region": .string("eu"), "name": .string("r")]))
        #expect(net.identityVersion == 1)
        #expect(net.attributes.text == #"{"id":"r","size":12345678901234567890.5}"#)
        #expect(!net.isTainted)
        #expect(file.objects[2].state?.isTainted == true)
        #expect(file.objects[1].deposed.map(\.attributes.text) == [#"{"id":"old"}"#])
        #expect(file.objects[5].state == nil)
    }

    @Test func `each object goes to the manifest of its type, name and key`() throws {
        let result = try imported([
            manifest("main-net", "peer_regional"), manifest("each", "peer_thing", key: "a"),
            manifest("each", "peer_thing", key: #"b "c""#), manifest("many", "peer_thing", key: "0"),
            manifest("inner", "peer_thing"), manifest("gone", "peer_thing"),
            manifest("ancient", "peer_thing"),
        ])
        #expect(
            result.taken.map { "\($0.address) \($0.id) \($0.isTainted) \($0.deposed)" } == [
                "peer_regional.main_net infrastructure/shop/main-net false 0",
                #"peer_thing.each["a"] infrastructure/shop/each[a] false 1"#,
                #"peer_thing.each["b \"c\""] infrastructure/shop/each[b "c"] true 0"#,
                "peer_thing.many[0] infrastructure/shop/many[0] false 0",
            ])
        let hint = "say which is it: --map 'module.m.peer_thing.inner=infrastructure/PROJECT/NAME'"
        #expect(
            result.left == [
                StateImport.Left(
                    address: "module.m.peer_thing.inner", reason: "no manifest asks for it", hint: hint),
                StateImport.Left(
                    address: "peer_thing.gone", reason: "only what was replaced is left of it",
                    hint: "let Terraform delete that first, with 'terraform apply'"),
                StateImport.Left(
                    address: "peer_thing.ancient", reason: "its attributes are written as Terraform 0.11 did",
                    hint: nil),
            ])
        let record = try #require(result.records[ResourceID("infrastructure", "shop", "each", key: "a")])
        #expect(record.source == "live" && record.engine == "peer" && record.type == "peer_thing")
        #expect(record.dependencies == [ResourceID("infrastructure", "shop", "main-net")])
        #expect(record.observation.presence == .ours)
        #expect(TerraformState(record.observation.state)?.attributes.text == #"{"id":"a"}"#)
        #expect(record.deposed.map { TerraformState($0.state)?.attributes.text } == [#"{"id":"old"}"#])
        // What a pass compares with is empty: it reads and plans whatever this says.
        #expect(record.spec == .null && record.observation.fields == .map([:]))
    }

    @Test func `what is named otherwise goes where a person says`() throws {
        let id = ResourceID("infrastructure", "shop", "within")
        let result = try imported(
            [manifest("within", "peer_thing")],
            map: ["module.m.peer_thing.inner": id, "peer_thing.many[0]": id])
        #expect(result.taken.map(\.address) == ["peer_thing.many[0]"])
        #expect(
            result.left.first { $0.address == "module.m.peer_thing.inner" }?.reason
                == "infrastructure/shop/within is peer_thing.many[0] already")
    }

    @Test func `what does not fit is left alone, and said by name`() throws {
        let id = ResourceID("infrastructure", "shop", "x")
        let map = ["peer_regional.main_net": id]
        func reason(_ manifest: Manifest?, providers: [String: String] = ["peer": Self.source]) throws
            -> String?
        {
            let result = try imported(manifest.map { [$0] } ?? [], providers: providers, map: map)
            #expect(result.records.isEmpty)
            return result.left.first { $0.address == "peer_regional.main_net" }?.reason
        }
        #expect(try reason(nil) == "no manifest asks for infrastructure/shop/x")
        #expect(try reason(manifest("x", "peer_thing")) == "infrastructure/shop/x is no peer_regional")
        #expect(
            try reason(manifest("x", "peer_regional", field: "data"))
                == "infrastructure/shop/x is no peer_regional")
        #expect(
            try reason(manifest("x", "peer_regional", engine: "host"))
                == "infrastructure/shop/x is made by engine 'host', which is no Terraform provider")
        #expect(
            try reason(manifest("x", "peer_regional"), providers: ["peer": "registry.example/other/peer"])
                == "it is an object of registry.example/martlet/peer, and engine 'peer' is registry.example/other/peer"
        )
        let net = manifest("main-net", "peer_regional")
        let first = try imported([net])
        let again = try imported([net], recorded: first.records)
        #expect(again.records.isEmpty)
        #expect(again.left.first?.reason == "infrastructure/shop/main-net is recorded already")
    }

    @Test func `of several manifests that could be it none is taken`() throws {
        var other = manifest("main-net", "peer_regional")
        other.id = ResourceID("infrastructure", "other", "main-net")
        let result = try imported([manifest("main-net", "peer_regional"), other])
        #expect(result.taken.isEmpty)
        #expect(
            result.left.first?.reason
                == "several manifests could be it: infrastructure/other/main-net, infrastructure/shop/main-net"
        )
    }

    @Test(arguments: [
        ("", "it is not JSON at byte 0"), ("[]", "it is no JSON object"), ("{}", "it has no 'version'"),
        (#"{"version": 3, "modules": []}"#, "it is of format 3, not 4"),
        (#"{"version": 5, "resources": []}"#, "it is of format 5, not 4"),
        (#"{"encrypted_data": "x", "encryption_version": "v0"}"#, "it is encrypted"),
        (#"{"version": 4}"#, "it has no 'resources'"),
        (#"{"version": 4, "resources": [{}]}"#, "resources[0]: 'type' is no text"),
        (
            #"{"version": 4, "resources": [{"type": "a", "name": "b", "mode": "managed"}]}"#,
            "resources[0]: 'instances' is no list"
        ),
        (
            #"{"version": 4, "resources": [{"type": "a", "name": "b", "mode": "managed", "provider": "provider.aws", "instances": []}]}"#,
            "resources[0]: 'provider.aws' names no provider's address"
        ),
    ])
    func `what is no state of format 4 is refused`(text: String, message: String) {
        #expect(throws: StateFileError.self) { try StateFile(Array(text.utf8)) }
        do throws(StateFileError) { _ = try StateFile(Array(text.utf8)) } catch {
            #expect(error.message == message)
        }
    }
}
