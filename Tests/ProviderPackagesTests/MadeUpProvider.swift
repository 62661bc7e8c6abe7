import ChildProcess
import Fixtures
import Foundation
import Testing

@testable import ProviderPackages

/// A package of a provider that does nothing, whose checksum the real Terraform 1.11.4 has told
/// (`terraform providers lock -fs-mirror=…`).
struct MadeUpProvider {
    static let hash = "h1:8gf2Ho0RNrgZoNnZpNLTUTRwQcQIcvGY5YksQg+Jm2w="
    let address: ProviderAddress
    let version: ProviderVersion
    let folder: TemporaryFolder

    init() throws {
        (address, version) = (try ProviderAddress("registry.example/acme/cloud"), ProviderVersion(1, 2, 0))
        folder = try TemporaryFolder()
        try write(to: "src")
    }

    func write(to path: String, program: String = "#!/bin/sh\necho made up\n") throws {
        let file = try folder.write(program, to: "\(path)/terraform-provider-cloud_v1.2.0")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        try folder.write("words\n", to: "\(path)/LICENSE.txt")
        try folder.write("more\n", to: "\(path)/docs/a.md")
    }

    /// A mirror with the package unpacked.
    func unpackedMirror(platform: ProviderPlatform = .current) throws -> String {
        try write(to: "unpacked/\(address)/1.2.0/\(platform)")
        return "\(folder.path)/unpacked"
    }

    /// A mirror with the package packed by Python.
    func packedMirror(
        _ name: String = "packed", platform: ProviderPlatform = .current, how: String = "deflated"
    ) async throws -> String {
        let place = "\(folder.path)/\(name)/\(address)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try await Python.run(
            """
            import os, sys, zipfile
            target, source, how = sys.argv[1:4]
            method = zipfile.ZIP_STORED if how == "stored" else zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(target, "w", method) as archive:
                for parent, _, names in os.walk(source):
                    for name in names:
                        path = os.path.join(parent, name)
                        archive.write(path, os.path.relpath(path, source))
            """, ["\(place)/terraform-provider-cloud_1.2.0_\(platform).zip", "\(folder.path)/src", how])
        return "\(folder.path)/\(name)"
    }
    var archiveName: String { "terraform-provider-cloud_1.2.0_\(ProviderPlatform.current).zip" }

    var store: PackageStore { PackageStore("\(folder.path)/state/providers") }

    func mirrors(_ path: String) -> PackageMirrors {
        PackageMirrors([.init(.directory(DirectoryMirror(path)))])
    }
    func pin(_ hashes: String...) throws -> ProviderLock.Pin {
        .init(
            version, constraints: "~> 1.0",
            hashes: [.current: try (hashes.isEmpty ? [Self.hash] : hashes).map { try PackageHash($0) }])
    }
}

enum Python {
    static let path = ["/usr/bin/python3", "/usr/local/bin/python3", "/root/.pyenv/shims/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static func run(_ script: String, _ arguments: [String] = []) async throws {
        let python = try #require(path)
        let ended = try await Command(
            python, ["-c", script] + arguments, environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"]
        ).run { child in
            let text = await child.errors.collect(atMost: 4096)
            _ = await child.waitForExit()
            return text
        }
        try #require(ended.status.isSuccess, "\(String(decoding: ended.result, as: UTF8.self))")
    }
}

/// The message of what is thrown; nil where nothing is.
func message<Result>(_ body: () async throws -> Result) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch { return "\(error)" }
}
