import Foundation
import Testing

/// The targets that `Package.swift` declares, read from its text: `module("Store", ["Model", grdb])` and
/// `.target(name: "Store", dependencies: [...])`. Tests' own targets are left out.
struct PackageTargets {
    private(set) var dependencies: [String: Set<String>] = [:]

    init(_ text: String? = nil) throws {
        let file = WorkTree.root.appending(path: "Package.swift")
        let text = try text ?? String(contentsOf: file, encoding: .utf8)
        let code = TextFile(path: "Package.swift", text: text).codeWithURLs
        var products: [String: String] = [:]
        for match in code.matches(of: #/let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/#) {
            products[String(match.1)] = String(match.2)
        }
        let short = #/\bmodule\(\s*"([\w-]+)"\s*(?:,\s*\[([^\]]*)\])?/#
        let long =
            #/\.(?:target|executableTarget)\(\s*name:\s*"([\w-]+)"\s*(?:,\s*dependencies:\s*\[([^\]]*)\])?([^)]*)/#
        for match in code.matches(of: short) {
            dependencies[String(match.1)] = Self.names(match.2, products)
        }
        for match in code.matches(of: long) where !match.3.contains("path: \"Tests/") {
            dependencies[String(match.1)] = Self.names(match.2, products)
        }
    }

    private static func names(_ list: Substring?, _ products: [String: String]) -> Set<String> {
        let items = (list ?? "").split { $0 == "," || $0.isWhitespace }
        return Set(items.map { products[String($0)] ?? $0.trimmingCharacters(in: ["\""]) })
    }
}

extension TextFile {
    /// Without comments, but with the addresses that look like them.
    fileprivate var codeWithURLs: String {
        lines.filter { !$0.contains(#/^\s*///#) }.joined(separator: "\n")
    }
}

@Suite struct PackageTargetsTests {
    @Test func `targets and their products are read from Package.swift`() throws {
        let text = """
            let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
            // module("Commented", ["Model"]),
            .target(name: "CChildProcess"),
            .executableTarget(
                name: "martlet",
                dependencies: [
                    "Server", "Model", grdb,
                ],
                swiftSettings: settings),
            .target(name: "Fixtures", dependencies: ["Model"], path: "Tests/Fixtures"),
            module("Model"),
            module("Store", ["Model", grdb], tests: [logging]),
            """
        let expected: [String: Set<String>] = [
            "CChildProcess": [], "martlet": ["Server", "Model", "GRDB"], "Model": [],
            "Store": ["Model", "GRDB"],
        ]
        #expect(try PackageTargets(text).dependencies == expected)
    }
}
