import ArgumentParser
import Foundation
import Testing

@testable import martlet

/// What hints and messages tell people to type.
@Suite struct NamedCommandTests {
    private static let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

    /// Every command that a text of the program names in quotes, with a word in place of what is filled in.
    private static func named() -> Set<String> {
        let paths = FileManager.default.subpaths(atPath: sources.path(percentEncoded: false)) ?? []
        var commands: Set<String> = []
        for path in paths where path.hasSuffix(".swift") && !path.hasPrefix("martlet-demo/") {
            guard let text = try? String(contentsOf: sources.appending(path: path), encoding: .utf8) else {
                continue
            }
            for line in text.split(separator: "\n") where !line.contains("///") {
                let plain = line.withoutInterpolations
                for match in plain.matches(of: #/(['"])martlet ([a-z][^'"]*)['"]/#) {
                    let command = String(match.2.prefix { $0 != ">" })
                    // Between double quotes stand other texts too that begin with the program's name.
                    if match.1 == "'"
                        || isCommandAlone(command.split(separator: " ").prefix(1).map(String.init))
                    {
                        commands.insert(command)
                    }
                }
            }
        }
        return commands
    }

    /// `settle` and `source forget` may be named without what they need.
    private static func isCommandAlone(_ words: [String]) -> Bool {
        var command: any ParsableCommand.Type = Martlet.self
        for word in words {
            let next = command.configuration.subcommands.first { $0._commandName == word }
            guard let next else { return false }
            command = next
        }
        return true
    }

    @Test func `every command that is named can be typed`() {
        let commands = Self.named()
        #expect(commands.count > 20)
        for command in commands.sorted() {
            let words = command.split(separator: " ").map(String.init)
            if Self.isCommandAlone(words) { continue }
            #expect(throws: Never.self, "martlet \(command)") { _ = try Martlet.parseAsRoot(words) }
        }
    }
}

extension Substring {
    /// With a name in place of each `\(…)`.
    fileprivate var withoutInterpolations: String {
        var result = ""
        var rest = self
        while let start = rest.firstRange(of: "\\(") {
            result += rest[..<start.lowerBound] + "name"
            rest = rest[start.upperBound...]
            var depth = 1
            while depth > 0, let character = rest.popFirst() {
                depth += character == "(" ? 1 : character == ")" ? -1 : 0
            }
        }
        return result + rest
    }
}
