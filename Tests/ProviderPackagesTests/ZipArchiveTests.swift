import Fixtures
import Foundation
import Testing

@testable import ProviderPackages

/// Archives are written by strangers.
@Suite struct ZipArchiveTests {
    private static func write(_ script: String) async throws -> (folder: TemporaryFolder, path: String) {
        let folder = try TemporaryFolder()
        try await Python.run(
            "import zipfile, sys\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n    \(script)",
            ["\(folder.path)/a.zip"])
        return (folder, "\(folder.path)/a.zip")
    }
    private static func unpack(_ path: String) throws -> [String: Int] {
        let archive = try ZipArchive(path)
        var sizes: [String: Int] = [:]
        for entry in archive.entries {
            try archive.unpack(entry) { bytes throws(PackageError) in
                sizes[entry.path, default: 0] += bytes.count
            }
        }
        return sizes
    }

    @Test(arguments: [
        ("z.writestr('../evil', 'x')", "would be written outside of it"),
        ("z.writestr('/etc/evil', 'x')", "would be written outside of it"),
        ("z.writestr('a/../../evil', 'x')", "would be written outside of it"),
        ("z.writestr('a\\\\b', 'x')", "would be written outside of it"),
        (
            "i = zipfile.ZipInfo('link'); i.create_system = 3; i.external_attr = 0o120777 << 16; z.writestr(i, '/etc/passwd')",
            "is no plain file"
        ),
        ("z.writestr('a', 'x'); z.writestr('a', 'y')", "it has one file twice"),
        ("z.writestr('a', 'x', zipfile.ZIP_LZMA)", "is packed in another way than deflate"),
        ("[z.writestr(str(n), '') for n in range(10001)]", "it has more than 10000 files"),
    ])
    func `what would do harm is refused whole`(script: String, message: String) async throws {
        let (folder, path) = try await Self.write(script)
        let said = await ProviderPackagesTests.message { try Self.unpack(path) }
        #expect(said?.contains(message) ?? false, "\(said ?? "nothing")")
        withExtendedLifetime(folder) {}
    }

    @Test func `a file that is larger than it says is cut off there`() async throws {
        let (folder, path) = try await Self.write("z.writestr('a', b'\\0' * 5000000, zipfile.ZIP_DEFLATED)")
        #expect(try Self.unpack(path) == ["a": 5_000_000])
        var bytes = try Array(Data(contentsOf: URL(filePath: path)))
        let directory = try #require(bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
        bytes.replaceSubrange(directory + 24..<directory + 28, with: [100, 0, 0, 0])
        try Data(bytes).write(to: URL(filePath: path))
        #expect(
            await message { try Self.unpack(path) } ?? ""
                == "archive '\(path)' can't be used: 'a' is not what the archive says of it")
        withExtendedLifetime(folder) {}
    }

    @Test func `folders, comments and files of no bytes are passed`() async throws {
        let (folder, path) = try await Self.write(
            "z.comment = b'PK\\x05\\x06' * 40; z.mkdir('d') if hasattr(z, 'mkdir') else z.writestr('d/', ''); z.writestr('d/empty', ''); z.writestr('e', b'x' * 600000)"
        )
        #expect(try Self.unpack(path) == ["e": 600_000])
        #expect(try ZipArchive(path).entries.map(\.path) == ["d/empty", "e"])
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: Seeded.seeds(40))
    func `an archive with any byte changed is unpacked right or not at all`(seed: UInt64) async throws {
        var random = Seeded(seed)
        let (folder, path) = try await Self.write(
            "z.writestr('terraform-provider-a', b'program' * 3000, zipfile.ZIP_DEFLATED); z.writestr('b', 'words')"
        )
        let whole = try Array(Data(contentsOf: URL(filePath: path)))
        for _ in 0..<50 {
            var bytes = whole
            for _ in 0...Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            try Data(bytes).write(to: URL(filePath: path))
            guard let sizes = try? Self.unpack(path) else { continue }
            #expect(sizes.values.allSatisfy { [21_000, 5].contains($0) }, "\(sizes)")
        }
        withExtendedLifetime(folder) {}
    }
}
