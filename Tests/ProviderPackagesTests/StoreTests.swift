import Fixtures
import Foundation
import Testing

@testable import ProviderPackages

@Suite struct PackageStoreTests {
    @Test(arguments: ["packed", "unpacked"])
    func `a pinned package is kept by its checksum, and its program is found`(layout: String) async throws {
        let provider = try MadeUpProvider()
        let mirror = layout == "packed" ? try await provider.packedMirror() : try provider.unpackedMirror()
        let program = try await provider.store.program(
            of: provider.address, try provider.pin(), from: provider.mirrors(mirror))
        let hash = try PackageHash(MadeUpProvider.hash)
        #expect(program.folder == "\(provider.store.folder)/\(hash.hex)")
        #expect(program.path == "\(program.folder)/terraform-provider-cloud_v1.2.0")
        #expect(FileManager.default.isExecutableFile(atPath: program.path))
        // No mirror is asked again.
        let again = try await provider.store.program(
            of: provider.address, try provider.pin(), from: PackageMirrors([]))
        #expect(again == program)
    }

    @Test func `another package than the pinned one is refused, and nothing of it is left`() async throws {
        let provider = try MadeUpProvider()
        let mirror = try provider.unpackedMirror()
        try provider.write(
            to: "unpacked/\(provider.address)/1.2.0/\(ProviderPlatform.current)",
            program: "#!/bin/sh\nrm -rf /\n")
        let said = await message {
            try await provider.store.program(
                of: provider.address, try provider.pin(), from: provider.mirrors(mirror))
        }
        #expect(
            said
                == "the package of registry.example/acme/cloud 1.2.0 from \(mirror) is not the one that is pinned"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: provider.store.folder).isEmpty)
    }

    @Test func `a program that was changed after it was unpacked is not started`() async throws {
        let provider = try MadeUpProvider()
        let mirrors = provider.mirrors(try provider.unpackedMirror())
        let program = try await provider.store.program(
            of: provider.address, try provider.pin(), from: mirrors)
        let date = try FileManager.default.attributesOfItem(atPath: program.path)[.modificationDate] as? Date
        let handle = try #require(FileHandle(forWritingAtPath: program.path))
        try handle.write(contentsOf: Data("#!/bin/sh\necho cheated\n".utf8))
        try handle.close()
        try FileManager.default.setAttributes(
            [.modificationDate: try #require(date)], ofItemAtPath: program.path)
        let said = await message {
            try await provider.store.program(of: provider.address, try provider.pin(), from: mirrors)
        }
        #expect(said == "the package in '\(program.folder)' has been changed since it was unpacked")
        try FileManager.default.removeItem(atPath: program.folder)
        _ = try await provider.store.program(of: provider.address, try provider.pin(), from: mirrors)
    }

    @Test func `what stands beside a program counts as changed too`() async throws {
        let provider = try MadeUpProvider()
        let mirrors = provider.mirrors(try provider.unpackedMirror())
        let program = try await provider.store.program(
            of: provider.address, try provider.pin(), from: mirrors)
        #expect(FileManager.default.createFile(atPath: "\(program.folder)/extra", contents: nil))
        let said = await message {
            try await provider.store.program(of: provider.address, try provider.pin(), from: mirrors)
        }
        #expect(said?.contains("has been changed") ?? false)
    }

    @Test func `a package without its program, or for another machine, says so`() async throws {
        let provider = try MadeUpProvider()
        let mirror = try provider.unpackedMirror(platform: try ProviderPlatform("plan9_mips"))
        let pin = try provider.pin()
        let missing = await message {
            try await provider.store.program(of: provider.address, pin, from: provider.mirrors(mirror))
        }
        #expect(
            missing
                == "registry.example/acme/cloud 1.2.0 for \(ProviderPlatform.current) is in none of \(mirror)"
        )
        let none = await message {
            try await provider.store.program(of: provider.address, pin, from: PackageMirrors([]))
        }
        #expect(none == "no mirror is configured for registry.example/acme/cloud")
        try provider.folder.write(
            "x", to: "other/\(provider.address)/1.2.0/\(ProviderPlatform.current)/README")
        let location = try #require(
            try await provider.mirrors("\(provider.folder.path)/other").locate(
                provider.address, provider.version, .current))
        let empty = await message {
            try await provider.store.get(location, from: PackageMirrors([]), pinned: nil)
        }
        #expect(
            empty
                == "the package of registry.example/acme/cloud has no program 'terraform-provider-cloud_v…' in it"
        )
    }

    @Test func `what is not pinned any more goes, and what a crash left`() async throws {
        let provider = try MadeUpProvider()
        let mirrors = provider.mirrors(try provider.unpackedMirror())
        let program = try await provider.store.program(
            of: provider.address, try provider.pin(), from: mirrors)
        for name in ["1", "2"] { try provider.folder.write("x", to: "state/providers/.new-\(name)/files/a") }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -4000)],
            ofItemAtPath: "\(provider.store.folder)/.new-1")
        provider.store.prune(keeping: ProviderLock([provider.address: try provider.pin()]))
        #expect(FileManager.default.fileExists(atPath: program.path))
        #expect(!FileManager.default.fileExists(atPath: "\(provider.store.folder)/.new-1"))
        provider.store.prune(keeping: ProviderLock())
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: provider.store.folder) == [".new-2"],
            "what is on its way stays")
    }

    @Test func `a mirror's folder is read in both layouts, and what is no package is passed over`()
        async throws
    {
        let provider = try MadeUpProvider()
        let place = "m/\(provider.address)"
        for path in [
            "terraform-provider-cloud_1.0.0_linux_amd64.zip",
            "Terraform-Provider-Cloud_1.1.0_linux_amd64.ZIP",
            "terraform-provider-other_1.0.0_linux_amd64.zip", "terraform-provider-cloud_1.0.0_linux.zip",
            "index.json", "1.0.0.json", "1.2.0/linux_amd64/terraform-provider-cloud_v1.2.0",
            "1.3.0/linux_amd64",
            "latest/linux_amd64/x", "1.4.0/linux/x",
        ] { try provider.folder.write("x", to: "\(place)/\(path)") }
        let found = try DirectoryMirror("\(provider.folder.path)/m").packages(of: provider.address)
        #expect(Set(found.map(\.version.description)) == ["1.0.0", "1.1.0", "1.2.0"])
        let nothing = try DirectoryMirror("\(provider.folder.path)/m").packages(
            of: try ProviderAddress("hashicorp/aws"))
        #expect(nothing.isEmpty)
        #expect(throws: PackageError.self) {
            try DirectoryMirror("\(provider.folder.path)/gone").packages(of: provider.address)
        }
    }
}
