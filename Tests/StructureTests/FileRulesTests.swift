import Foundation
import Testing

/// Rules that hold for every file, whatever it is about.
@Suite struct FileRulesTests {
    private static let all = WorkTree.sources + WorkTree.tests

    @Test func `no file has more than 400 lines`() {
        let code =
            Self.all + WorkTree.files(under: "Sources", ["c", "h"])
            + WorkTree.files(under: "Tests", ["c", "h"])
        let long = code.filter { $0.text.count { $0.isNewline } > 400 && !$0.path.contains("/Generated/") }
        #expect(long.map(\.path) == [])
    }

    @Test func `an application has no public declarations`() {
        #expect(Self.all.flatMap { $0.places(of: Rule.publicDeclaration) } == [])
    }

    @Test func `transfers and child processes go through our own modules, not Foundation's`() {
        #expect(WorkTree.sources.flatMap { $0.places(of: Rule.foundationProcess) } == [])
    }

    @Test func `no file puts work off`() {
        let files =
            Self.all + ["manifests", "packaging", "docs", "scripts"].flatMap { WorkTree.files(under: $0) }
        let found = files.flatMap { file in
            file.lines.enumerated().filter { $0.element.contains(Rule.putOff) }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
        #expect(found == [])
    }

    @Test(arguments: [
        "public func a() {}", "  @discardableResult public static func a() {}", "public import Model",
        "open class A {}", "public init() {}", "@frozen public struct A {}", "public private(set) var a = 1",
    ])
    func `a public declaration is seen`(line: String) {
        #expect(line.contains(Rule.publicDeclaration))
    }

    @Test(arguments: ["package func a() {}", "public, max-age=60", "open class hours", "let public = 1"])
    func `what only reads like one is not`(line: String) {
        #expect(!line.contains(Rule.publicDeclaration))
    }

    @Test(arguments: ["// \("TO" + "DO"): later", "x.\("FIX" + "ME").y", "\("XX" + "X")"])
    func `a mark of unfinished work is seen`(line: String) {
        #expect(line.contains(Rule.putOff))
    }

    @Test(arguments: ["URLSession.shared", "let child = Process()", "import FoundationNetworking"])
    func `Foundation's transfers and processes are seen`(line: String) {
        #expect(line.contains(Rule.foundationProcess))
    }
}

/// Words end where an identifier does: Unicode's own boundaries see one word in `URLSession.shared`.
private enum Rule {
    static var publicDeclaration: Regex<Substring> {
        #/
        ^ \s* (?:@\w+(?:\([^)]*\))?\s+)* (?:public|open) (?:\s+\w+\(set\))? \s+
        (?: class\s+\w+\s*[:<{] | (?: static | final | func | var | let | struct | enum | actor | protocol | extension
            | init | import | typealias | subscript | indirect | convenience | override | macro )\b )
        /#.wordBoundaryKind(.simple)
    }
    static var foundationProcess: Regex<Substring> {
        #/\bURLSession\b|\bProcess\(\)|\bFoundationNetworking\b/#.wordBoundaryKind(.simple)
    }
    /// The marks of unfinished work, spelled so that this file holds none.
    static var putOff: Regex<Substring> { #/\b(?:TO[D]O|FIX[M]E|XX[X])\b/#.wordBoundaryKind(.simple) }
}
