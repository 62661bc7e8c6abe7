import Testing

@testable import ProviderPackages

@Suite struct CLIConfigurationTests {
    private func read(_ text: String) throws -> CLIConfiguration { try CLIConfiguration(text, file: "rc") }
    private static let aws = "registry.terraform.io/hashicorp/aws"

    @Test func `mirrors and credentials are read from HCL, and the rest is passed over`() throws {
        let configuration = try read(
            """
            # ours
            plugin_cache_dir   = "$HOME/.terraform.d/plugin-cache"
            disable_checkpoint = true
            credentials "mirror.example" {
              token = "s3cret\\u0021"
            }
            host "registry.example" { services = { "providers.v1" = "https://x/" } }
            /* all of
               them */
            provider_installation {
              dev_overrides {
                "acme/cloud" = "/home/me/go/bin"
              }
              filesystem_mirror {
                path    = "/usr/share/terraform/providers"
                include = ["hashicorp/*", "example.com/*/*",]
              }
              network_mirror {
                url     = "https://mirror.example/providers/"
                exclude = ["hashicorp/aws"] // not that one
              }
              direct { exclude = ["*/*/*"] }
            }
            """)
        #expect(
            configuration.methods.map(\.place) == [
                .filesystem("/usr/share/terraform/providers"), .network("https://mirror.example/providers/"),
                .direct,
            ])
        let aws = try ProviderAddress(Self.aws)
        #expect(configuration.methods.map { $0.filter.takes(aws) } == [true, false, false])
        #expect(configuration.overrides == [try ProviderAddress("acme/cloud"): "/home/me/go/bin"])
        #expect(configuration.hasInstallation)
        #expect(configuration.token(for: "https://Mirror.Example/x", environment: [:]) == "s3cret!")
        #expect(configuration.token(for: "https://other.example/", environment: [:]) == nil)
        #expect(
            configuration.token(
                for: "https://my-mirror.example/", environment: ["TF_TOKEN_my__mirror_example": "t"]) == "t")
    }

    @Test(arguments: [
        """
        {"provider_installation": {"network_mirror": {"url": "https://m.example/"}, "filesystem_mirror": {"path": "/m"}},
         "credentials": {"m.example": {"token": "t"}}, "disable_checkpoint": true}
        """,
        """
        {"provider_installation": [{"network_mirror": [{"url": "https://m.example/"}]}, {"filesystem_mirror": [{"path": "/m"}]}],
         "credentials": [{"m.example": {"token": "t"}}]}
        """,
    ])
    func `JSON says the same, in the same order`(text: String) throws {
        let configuration = try read(text)
        #expect(configuration.methods.map(\.place) == [.network("https://m.example/"), .filesystem("/m")])
        #expect(configuration.token(for: "https://m.example/", environment: [:]) == "t")
    }

    @Test func `a file that says nothing of mirrors is fit`() throws {
        for text in ["", "\n# nothing\n", "{}", "plugin_cache_dir = \"/x\"\n"] {
            let configuration = try read(text)
            #expect(configuration.methods.isEmpty && !configuration.hasInstallation)
        }
    }

    @Test(arguments: [
        ("provider_installation {\n", "rc:2: a '}' is missing"),
        ("provider_installation = 5", "rc:1: a block is needed"),
        ("provider_installation {\n  filesystem_mirror {}\n}", "rc:2: filesystem_mirror needs 'path'"),
        (
            "provider_installation {\n  oci_mirror { x = \"y\" }\n}",
            "rc:2: 'oci_mirror' is no way that packages are got by"
        ),
        (
            "provider_installation {\n  network_mirror {\n    ulr = \"x\"\n  }\n}",
            "rc:3: 'ulr' is not known here"
        ),
        (
            "provider_installation {\n  direct { include = [\"a/b/c/d\"] }\n}",
            "rc:2: 'a/b/c/d' is no provider's address"
        ),
        ("a = \"x", "rc:1: a string has no end"), ("/* x", "rc:1: a comment has no end"),
        ("a = ", "rc:1: a value is missing"), ("a b = 1", "rc:1: one name stands before a value"),
        ("a = \"\\q\"", "rc:1: '\\q' means nothing in a string"),
        ("{} x", "rc:1: something stands behind the end"),
        ("= 1", "rc:1: one name stands before a value"),
        ("a = \"\\uD800\"", "rc:1: a string has a code that is no character's"),
        ("$", "rc:1: '$' is not expected"),
    ])
    func `what can't be read is said with its line`(text: String, expected: String) {
        do throws(PackageError) {
            _ = try CLIConfiguration(text, file: "rc")
            Issue.record("it was read")
        } catch { #expect(error.message == expected) }
    }

    @Test func `nesting has an end`() {
        for opening in ["a {", "a = [", "{\"a\":"] {
            #expect(throws: PackageError.self) { try read(String(repeating: opening, count: 100_000)) }
        }
    }
}
