import Connect
import Manifests
import Model
import Provision
import Run
import Secure
import Testing

@Suite struct LoaderTests {
    @Test(arguments: kinds.map(\.example)) func `the example of a kind loads`(example: String) throws {
        let loaded = try manifests(example)
        #expect(loaded.count == 1)
    }

    @Test func `a service is bound to its job's instances`() throws {
        let service = try manifests(Service.kind.example)[0]
        #expect(service.id == ResourceID("service", "shop", "web"))
        #expect(
            service.spec["instances"]
                == .reference(Reference(ResourceID("job", "shop", "web"), FieldPath("instances"))))
        #expect(service.spec["allow"] == .literal(.list([.string("job/shop/edge")])))
        #expect(service.dependencies == [ResourceID("job", "shop", "web")])
    }
}
