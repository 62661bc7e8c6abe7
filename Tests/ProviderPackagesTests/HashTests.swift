import ChildProcess
import Fixtures
import Foundation
import Testing

@testable import ProviderPackages

@Suite struct HashTests {
    private static let terraform = installed("terraform")

    @Test func `unpacked and packed, a package has the checksum that Terraform gives it`() async throws {
        let provider = try MadeUpProvider()
        let source = "\(provider.folder.path)/src"
        #expect(try Unpacking.hash(of: source).description == MadeUpProvider.hash)
        let copied = try Unpacking.copy(source, into: "\(provider.folder.path)/copy")
        #expect(copied.description == MadeUpProvider.hash)
        for how in ["stored", "deflated"] {
            let mirror = try await provider.packedMirror(how, how: how)
            let archive = "\(mirror)/\(provider.address)/\(provider.archiveName)"
            let hash = try Unpacking.archive(archive, into: "\(provider.folder.path)/from-\(how)")
            #expect(hash.description == MadeUpProvider.hash)
            #expect(
                FileManager.default.isExecutableFile(
                    atPath: "\(provider.folder.path)/from-\(how)/terraform-provider-cloud_v1.2.0"))
        }
    }

    @Test(.enabled(if: terraform != nil, "terraform is not installed"), arguments: ["packed", "unpacked"])
    func `the real terraform says the same of a package with many files`(layout: String) async throws {
        let provider = try MadeUpProvider()
        for name in ["z", "Z", "a b", "ä", "docs/ü/deep", "docs-1", "docs.md"] {
            try provider.folder.write(
                String(repeating: name, count: 100_000), to: "src/\(name)")
        }
        let mirror: String
        if layout == "packed" {
            mirror = try await provider.packedMirror()
        } else {
            mirror = "\(provider.folder.path)/unpacked"
            let place = "\(mirror)/\(provider.address)/1.2.0"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "\(provider.folder.path)/src", toPath: "\(place)/\(ProviderPlatform.current)")
        }
        try provider.folder.write(
            """
            terraform {
              required_providers {
                cloud = { source = "registry.example/acme/cloud", version = "~> 1.0" }
              }
            }
            """, to: "work/main.tf")
        let ended = try await Command(
            try #require(Self.terraform),
            [
                "providers", "lock", "-no-color", "-fs-mirror=\(mirror)",
                "-platform=\(ProviderPlatform.current)",
            ],
            environment: ["PATH": "/usr/bin:/bin", "HOME": provider.folder.path, "CHECKPOINT_DISABLE": "1"],
            in: "\(provider.folder.path)/work"
        ).run { child in
            let text = await child.errors.collect(atMost: 4096)
            _ = await child.waitForExit()
            return text
        }
        try #require(ended.status.isSuccess, "\(String(decoding: ended.result, as: UTF8.self))")
        let lock = try String(
            contentsOfFile: "\(provider.folder.path)/work/.terraform.lock.hcl", encoding: .utf8)
        let location = try #require(
            try await provider.mirrors(mirror).locate(provider.address, provider.version, .current))
        let got = try await provider.store.get(location, from: provider.mirrors(mirror), pinned: nil)
        #expect(lock.contains("\"\(got.files)\""), "\(lock)")
        #expect((got.archive != nil) == (layout == "packed"))
    }

    @Test func `checksums are read as they are written`() throws {
        let archive = "zh:" + String(repeating: "0a", count: 32)
        #expect(try PackageHash(archive).description == archive)
        #expect(try PackageHash(MadeUpProvider.hash).description == MadeUpProvider.hash)
        for text in [
            "", "h1:", "h1:AAAA", "zh:0a", "h2:\(MadeUpProvider.hash.dropFirst(3))",
            "zh:" + String(repeating: "é0", count: 32),
        ] {
            #expect(throws: PackageError.self, "\(text)") { try PackageHash(text) }
        }
    }
}
