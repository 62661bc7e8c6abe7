import Foundation
import Testing

/// Rules that hold for every file, whatever it is about.
@Suite struct FileRulesTests {
    private static let all = WorkTree.sources + WorkTree.tests

    @Test func `no file has more than 400 lines`() {
        let code =
            Self.all + WorkTree.files(under: "Sources", ["c", "h"])
            + WorkTree.files(under: "Tests", ["c", "h"])
        let long = code.filter { $0.lines.count > 401 && !$0.path.contains("/Generated/") }
        #expect(long.map(\.path) == [])
    }

    @Test func `an application has no public declarations`() {
        #expect(Self.all.flatMap { $0.places(where: Rule.isPublicDeclaration) } == [])
    }

    @Test func `transfers and child processes go through our own modules, not Foundation's`() {
        #expect(WorkTree.sources.flatMap { $0.places(where: Rule.isFoundationProcess) } == [])
    }

    @Test func `no file puts work off`() {
        let files =
            Self.all + ["manifests", "packaging", "docs", "scripts"].flatMap { WorkTree.files(under: $0) }
        let found = files.flatMap { file in
            file.lines.indices.filter { Rule.isPutOff(file.lines[$0]) }.map { "\(file.path):\($0 + 1)" }
        }
        #expect(found == [])
    }

    @Test(arguments: [
        "public func a() {}", "  @discardableResult public static func a() {}", "public import Model",
        "open class A {}", "public init() {}", "@frozen public struct A {}", "public private(set) var a = 1",
    ])
    func `a public declaration is seen`(line: String) {
        #expect(Rule.isPublicDeclaration(line[...]))
    }

    @Test(arguments: ["package func a() {}", "public, max-age=60", "open class hours", "let public = 1"])
    func `what only reads like one is not`(line: String) {
        #expect(!Rule.isPublicDeclaration(line[...]))
    }

    @Test(arguments: Rule.marks.flatMap { ["// \($0): later", "x.\($0).y", $0] })
    func `a mark of unfinished work is seen`(line: String) {
        #expect(Rule.isPutOff(line[...]))
    }

    @Test(arguments: ["URLSession.shared", "let child = Process()", "import FoundationNetworking"])
    func `Foundation's transfers and processes are seen`(line: String) {
        #expect(Rule.isFoundationProcess(line[...]))
    }
}

/// A word is looked for first, because patterns are slow. Words end where an identifier does: Unicode's own
/// boundaries see one word in `URLSession.shared`.
private enum Rule {
    static func isPublicDeclaration(_ line: Substring) -> Bool {
        line.mentions(["public", "open"]) && line.starts(with: publicDeclaration)
    }
    static func isFoundationProcess(_ line: Substring) -> Bool {
        line.mentions(["URLSession", "Process", "FoundationNetworking"]) && line.contains(foundationProcess)
    }
    static func isPutOff(_ line: Substring) -> Bool { line.mentions(marks) && line.contains(putOff) }

    /// The marks of unfinished work, spelled so that this file holds none.
    static let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]

    private static var publicDeclaration: Regex<Substring> {
        #/
        \s* (?:@\w+(?:\([^)]*\))?\s+)* (?:public|open) (?:\s+\w+\(set\))? \s+
        (?: class\s+\w+\s*[:<{] | (?: static | final | func | var | let | struct | enum | actor | protocol | extension
            | init | import | typealias | subscript | indirect | convenience | override | macro )\b )
        /#.wordBoundaryKind(.simple)
    }
    private static var foundationProcess: Regex<Substring> {
        #/\bURLSession\b|\bProcess\(\)|\bFoundationNetworking\b/#.wordBoundaryKind(.simple)
    }
    private static var putOff: Regex<Substring> {
        #/\b(?:TO[D]O|FIX[M]E|XX[X])\b/#.wordBoundaryKind(.simple)
    }
}

extension Substring {
    fileprivate func mentions(_ words: [String]) -> Bool {
        words.contains { range(of: $0, options: .literal) != nil }
    }
}
