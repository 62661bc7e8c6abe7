import Foundation
import Testing

/// A golden file that no test compares with is a lie that nobody notices.
@Suite struct GoldenTests {
    @Test func `every golden file is named by a test of its target`() {
        let golden = WorkTree.files(under: "Tests").filter { $0.path.contains("/Golden/") }
        let literals = Dictionary(grouping: WorkTree.tests, by: \.module).mapValues { $0.flatMap(\.literals) }
        for file in golden {
            let name = file.path.split(separator: "/").drop { $0 != "Golden" }.dropFirst().joined(
                separator: "/")
            let isNamed = (literals[file.module] ?? []).contains { $0.names(name) }
            #expect(isNamed, "no test of \(file.module) compares with \(file.path)")
        }
    }

    @Test(arguments: [
        (#"expectGolden(text, "plan.txt")"#, "plan.txt", true),
        (#"expectGolden(text, "plan.txt")"#, "plan.json", false),
        (#"expectGolden(text, "\(kind.name(of: 1)).schema.json")"#, "Job.schema.json", true),
        (#"expectGolden(text, "\(kind).schema.json")"#, "Job.txt", false),
        (#"expectGolden(text, "\(anything)")"#, "Job.txt", false),
    ])
    func `a name may be interpolated, and is then told by what is fixed`(
        code: String, name: String, isNamed: Bool
    ) {
        #expect(TextFile(path: "Tests/A/A.swift", text: code).literals.contains { $0.names(name) } == isNamed)
    }
}

/// A string literal of a test: what is fixed, with gaps where something is interpolated.
private struct Literal {
    var fixed: [String]

    /// Whether it could be this file's name. What is all gap names nothing.
    func names(_ file: String) -> Bool {
        guard let first = fixed.first, let last = fixed.last, fixed.contains(where: { $0.count > 1 }) else {
            return false
        }
        guard fixed.count > 1 else { return first == file }
        guard file.count >= first.count + last.count, file.hasPrefix(first), file.hasSuffix(last) else {
            return false
        }
        var rest = file.dropFirst(first.count).dropLast(last.count)
        for part in fixed.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

extension TextFile {
    fileprivate var literals: [Literal] {
        let gap = #/\\\((?:[^()]|\([^()]*\))*\)/#
        return code.flatMap { line in
            line.replacing(gap, with: "\u{0}").matches(of: #/"([^"]*)"/#).map { match in
                Literal(
                    fixed: match.1.split(separator: "\u{0}", omittingEmptySubsequences: false).map(
                        String.init))
            }
        }
    }
}
