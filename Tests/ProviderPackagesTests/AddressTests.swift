import Testing

@testable import ProviderPackages

@Suite struct AddressTests {
    @Test(arguments: [
        ("aws", "registry.terraform.io/hashicorp/aws"),
        ("hashicorp/aws", "registry.terraform.io/hashicorp/aws"),
        ("HashiCorp/AWS", "registry.terraform.io/hashicorp/aws"),
        ("Registry.Example:443/acme/cloud-one", "registry.example/acme/cloud-one"),
        ("registry.example:8443/acme/cloud", "registry.example:8443/acme/cloud"),
        ("localhost:8443/acme/cloud", "localhost:8443/acme/cloud"),
    ])
    func `an address has one form`(text: String, whole: String) throws {
        #expect(try ProviderAddress(text).description == whole)
    }

    @Test func `OpenTofu's addresses begin with its own host`() throws {
        let address = try ProviderAddress("hashicorp/aws", defaultHost: ProviderAddress.openTofuHost)
        #expect(address.description == "registry.opentofu.org/hashicorp/aws")
        #expect(address.short == "registry.opentofu.org/hashicorp/aws")
        #expect(try ProviderAddress("hashicorp/aws").short == "hashicorp/aws")
    }

    @Test(arguments: [
        "", "/aws", "a/b/c/d", "acme/terraform-provider-cloud", "ac_me/cloud", "-acme/cloud", "acme/cl--oud",
        "../../etc", "registry/acme/cloud", "registry.example:0/acme/cloud", "registry.example:x/acme/cloud",
        "acme/..", "registry..example/acme/cloud", "acme/cloud\n",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: PackageError.self) { try ProviderAddress(text) }
    }

    @Test(
        arguments: [
            (nil, [], true, true), (["hashicorp/*"], [], true, false),
            (["*/*/*"], ["hashicorp/aws"], false, true),
            (["registry.example/*/*"], [], false, true), (["hashicorp/aws"], ["hashicorp/*"], false, false),
            ([], [], false, false), (["*/*/aws"], [], true, false),
        ] as [([String]?, [String], Bool, Bool)])
    func `a filter takes what it includes and does not exclude`(
        include: [String]?, exclude: [String], aws: Bool, own: Bool
    ) throws {
        let filter = try ProviderFilter(include: include, exclude: exclude)
        #expect(filter.takes(try ProviderAddress("hashicorp/aws")) == aws)
        #expect(filter.takes(try ProviderAddress("registry.example/acme/cloud")) == own)
    }

    @Test func `a platform is a system and an architecture`() throws {
        #expect(try ProviderPlatform("Linux_ARM64").description == "linux_arm64")
        for text in ["linux", "linux_", "linux_amd64_v2", "li nux_amd64"] {
            #expect(throws: PackageError.self) { try ProviderPlatform(text) }
        }
    }
}
