import Testing

/// The import table of the design, held to what the sources and `Package.swift` say.
@Suite struct ImportTests {
    @Test func `a file imports only what the table allows its module`() {
        #expect(!WorkTree.sources.isEmpty)
        for file in WorkTree.sources {
            for name in file.imports where !allowed(in: file.module).contains(name) {
                Issue.record("\(file.path): \(file.module) may not import \(name)")
            }
        }
    }

    @Test func `a file imports only what Package.swift declares for its module`() throws {
        let declared = try PackageTargets()
        for file in WorkTree.sources {
            let dependencies = declared.dependencies[file.module] ?? []
            let visible = dependencies.union(dependencies.flatMap { ImportTable.products[$0] ?? [] })
            for name in file.imports where !ImportTable.system.contains(name) && !visible.contains(name) {
                Issue.record(
                    "\(file.path): Package.swift declares no dependency on \(name) for \(file.module)")
            }
        }
    }

    @Test func `Package.swift declares only what the table allows`() throws {
        for (module, dependencies) in try PackageTargets().dependencies.sorted(by: { $0.key < $1.key }) {
            guard let ours = ImportTable.ours[module] else {
                Issue.record("Package.swift: \(module) is not in the table")
                continue
            }
            for name in dependencies.sorted() where !ours.contains(name) {
                let isForeign = ImportTable.products[name] != nil && module != "Model"
                let hasHomeHere = ImportTable.homes[name].map { $0.contains(module) } ?? true
                #expect(isForeign && hasHomeHere, "Package.swift: \(module) may not depend on \(name)")
            }
        }
    }

    @Test func `every module is in the table`() throws {
        let declared = try PackageTargets().dependencies.keys
        #expect(WorkTree.modules.union(declared).subtracting(ImportTable.ours.keys).isEmpty)
        #expect(declared.count > 10)
    }

    @Test(arguments: ["CGit2", "CYAML", "CZlib", "CCurl", "CChildProcess", "CHost"])
    func `a C module is imported by one module`(name: String) {
        #expect(ImportTable.ours.values.count { $0.contains(name) } == 1)
    }

    @Test func `arrows point down`() {
        var settled: Set<String> = []
        var waiting = ImportTable.ours
        while let next = waiting.first(where: { $0.value.isSubset(of: settled) }) {
            settled.insert(next.key)
            waiting[next.key] = nil
        }
        #expect(waiting.keys.sorted().isEmpty, "these import each other in a circle")
    }

    @Test(arguments: [
        ("import GRDB", "GRDB"), ("package import Model", "Model"),
        ("  import struct Foundation.URL", "Foundation"),
        ("@preconcurrency internal import NIOCore", "NIOCore"), ("@_spi(Inner) import Store", "Store"),
        ("import func Glibc.kill", "Glibc"),
    ])
    func `every form of import is seen`(line: String, module: String) {
        #expect(TextFile(path: "Sources/Run/A.swift", text: line).imports == [module])
    }

    @Test(arguments: ["// import GRDB", "let imports = 1", "importing(GRDB)"])
    func `what is no import is not taken for one`(line: String) {
        #expect(TextFile(path: "Sources/Run/A.swift", text: line).imports.isEmpty)
    }

    private func allowed(in module: String) -> Set<String> {
        guard module != "Model" else { return [] }
        let products = ImportTable.products.filter { ImportTable.homes[$0.key]?.contains(module) ?? true }
        return (ImportTable.ours[module] ?? []).union(ImportTable.system).union(products.values.joined())
    }
}

extension TextFile {
    /// The modules that the file imports.
    var imports: [String] {
        let line =
            #/\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|internal|private|fileprivate|public)\s+)?import\s+(?:(?:struct|class|enum|actor|protocol|typealias|func|let|var)\s+)?(\w+)/#
        return code.compactMap { $0.prefixMatch(of: line).map { String($0.1) } }
    }
}
