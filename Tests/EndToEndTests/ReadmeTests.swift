import ChildProcess
import Fixtures
import Foundation
import Testing

/// What the README tells a newcomer to type, typed.
struct ReadmeTests {
    private let folder: TemporaryFolder
    private var home: String { folder.path.hasSuffix("/") ? String(folder.path.dropLast()) : folder.path }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: "\(home)/bin", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(home)/bin/martlet", withDestinationPath: martletProgram)
    }

    private static let text: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return (try? String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)) ?? ""
    }()

    /// The blocks of code of a section, in order, without their fences.
    private static func blocks(under title: String) throws -> [String] {
        let start = try #require(text.range(of: "\n## \(title)\n")).upperBound
        let section = text[start...].prefix(
            upTo: text[start...].firstRange(of: "\n## ")?.lowerBound ?? text.endIndex)
        return section.components(separatedBy: "```").enumerated().compactMap { index, block in
            index % 2 == 1 ? String(block.drop { $0 != "\n" }.dropFirst()) : nil
        }
    }
    private static func commands(in block: String) -> [String] {
        block.split(separator: "\n").filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
    }

    /// In a shell in the home; what would go elsewhere goes there too.
    private func run(_ line: String) async throws -> Answer {
        let environment = [
            "HOME": home, "PATH": "\(home)/bin:/usr/bin:/bin", "MARTLET_STATE": "\(home)/state",
            "XDG_CONFIG_HOME": "\(home)/config",
        ]
        let command = Command(
            "/bin/sh", ["-c", line.replacing("/tmp/hello", with: "\(home)/hello")], environment: environment,
            in: home, limits: Command.Limits(whole: .seconds(60)))
        let ended = try await command.run { child in
            async let output = child.output.collect(atMost: 1 << 20)
            async let errors = child.errors.collect(atMost: 1 << 20)
            return await (output, errors, child.waitForExit())
        }
        let code: Int32? = if case .exited(let code)? = ended.result.2 { code } else { nil }
        return Answer(
            code: code, output: String(decoding: ended.result.0, as: UTF8.self),
            errors: String(decoding: ended.result.1, as: UTF8.self))
    }

    @Test func `a first manifest is validated, planned and applied as the README says`() async throws {
        let blocks = try Self.blocks(under: "A first manifest")
        let name = try #require(blocks[0].split(separator: "\n").first).dropFirst(2)
        try folder.write(blocks[0], to: String(name))
        let commands = Self.commands(in: blocks[1]).filter { !$0.hasPrefix("make ") }
        #expect(commands.count == 5)
        for line in commands {
            let answer = try await run(line)
            #expect(answer.code == (line.contains(" plan ") ? 2 : 0), "\(line)\n\(answer)")
        }
        #expect(
            WorldFile.all(under: "\(home)/hello") == [
                "hello.env": .file("GREETING=hello\nDB_PASSWORD=s3cret\n", mode: 0o600)
            ])
    }

    @Test func `a first job and its service are valid as the README shows them`() async throws {
        let blocks = try Self.blocks(under: "A first manifest")
        for block in [blocks[0], blocks[2]] {
            let name = try #require(block.split(separator: "\n").first).dropFirst(2)
            try folder.write(block, to: String(name))
        }
        let answer = try await run("martlet validate ./site --variable root=/tmp/hello")
        #expect(answer.code == 0, "\(answer)")
    }

    @Test func `the controller's first configuration is fit for use as the README says`() async throws {
        let blocks = try Self.blocks(under: "The controller")
        for line in Self.commands(in: blocks[0]) {
            let words = line.prefix { $0 != "#" }
            let answer = try await run(words + (words.hasPrefix("martlet serve") ? " --check-config" : ""))
            #expect(answer.code == 0, "\(line)\n\(answer)")
        }
        try folder.write(
            blocks[1].replacing("/var/lib/martlet", with: "\(home)/state"), to: "martlet.yaml")
        let checked = try await run("martlet serve --config martlet.yaml --check-config")
        #expect(checked.code == 0, "\(checked)")
    }
}
