import Model
import Testing

@testable import ProviderPackages

@Suite struct ProviderLockTests {
    private func lock() throws -> ProviderLock {
        ProviderLock([
            try ProviderAddress("hashicorp/aws"): .init(
                try ProviderVersion("5.100.0"), constraints: "~> 5.0",
                hashes: [
                    try ProviderPlatform("linux_amd64"): [
                        try PackageHash("zh:" + String(repeating: "ab", count: 32)),
                        try PackageHash(MadeUpProvider.hash),
                    ]
                ]),
            try ProviderAddress("registry.example/acme/cloud"): .init(
                try ProviderVersion("1.2.0-beta1"), constraints: ""),
        ])
    }

    @Test func `a lock is written in one order`() throws {
        #expect(
            try lock().text == """
                # Written by 'martlet providers lock': which providers may be started. Review its changes like a program's.
                providers:
                  registry.example/acme/cloud:
                    version: "1.2.0-beta1"
                    hashes:
                  registry.terraform.io/hashicorp/aws:
                    version: "5.100.0"
                    constraints: "~> 5.0"
                    hashes:
                      linux_amd64:
                        - "h1:8gf2Ho0RNrgZoNnZpNLTUTRwQcQIcvGY5YksQg+Jm2w="
                        - "zh:abababababababababababababababababababababababababababababababab"

                """)
        #expect(ProviderLock().text.hasSuffix("providers: {}\n"))
    }

    @Test func `what is not pinned, or to another version, or for another machine, is refused with a hint`()
        throws
    {
        let (aws, cloud) = (try ProviderAddress("aws"), try ProviderAddress("registry.example/acme/cloud"))
        let lock = try lock()
        func refusal(_ body: () throws -> Void) -> PackageError? {
            do {
                try body()
                return nil
            } catch { return error as? PackageError }
        }
        let hint = "run 'martlet providers lock', and review what it writes"
        #expect(
            refusal { _ = try ProviderLock().pin(of: aws, within: .any) }
                == PackageError("hashicorp/aws is not pinned", hint: hint))
        #expect(
            refusal { _ = try lock.pin(of: aws, within: try VersionConstraints("~> 6.0")) }
                == PackageError("hashicorp/aws is pinned to 5.100.0, and '~> 6.0' is asked for", hint: hint))
        let pin = try lock.pin(of: cloud, within: try VersionConstraints("1.2.0-beta1"))
        #expect(
            refusal { _ = try pin.files(of: cloud, for: try ProviderPlatform("linux_arm64")) }
                == PackageError(
                    "registry.example/acme/cloud 1.2.0-beta1 is not pinned for linux_arm64",
                    hint: "run 'martlet providers lock --platform linux_arm64', and review what it writes"))
    }
}
