import Foundation
import Testing

/// A file of the repository, read once.
struct TextFile: Sendable, CustomTestStringConvertible {
    /// Relative to the repository's root.
    let path: String
    let text: String
    let lines: [Substring]
    /// What the compiler sees: the same lines without their comments.
    let code: [Substring]

    init(path: String, text: String) {
        (self.path, self.text) = (path, text)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = lines.map { $0.prefix(upTo: $0.range(of: "//", options: .literal)?.lowerBound ?? $0.endIndex) }
    }

    /// The folder below `Sources` or `Tests`: the module's name, but for what lies in another module's folder.
    var module: String {
        let folders = path.split(separator: "/").dropFirst()
        return ImportTable.nested[folders.prefix(2).joined(separator: "/")] ?? String(folders.first ?? "")
    }
    var testDescription: String { path }

    /// Places whose line of code is one that is looked for, as `path:line`.
    func places(where isOne: (Substring) -> Bool) -> [String] {
        code.enumerated().filter { isOne($0.element) }.map { "\(path):\($0.offset + 1)" }
    }
}

/// The repository that these tests stand in.
enum WorkTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().resolvingSymlinksInPath()

    static let sources = files(under: "Sources", ["swift"])
    static let tests = files(under: "Tests", ["swift"])
    static let modules = Set(sources.map(\.module))

    /// Files with one of these endings, in order of their paths; all files where none is named. Nothing hidden.
    static func files(under folder: String, _ endings: Set<String> = []) -> [TextFile] {
        let base = root.appending(path: folder).path(percentEncoded: false)
        let entries = FileManager.default.enumerator(
            at: URL(filePath: base), includingPropertiesForKeys: [.isRegularFileKey],
            options: [.skipsHiddenFiles])
        return (entries?.compactMap { $0 as? URL } ?? [])
            .filter { endings.isEmpty || endings.contains($0.pathExtension) }
            .compactMap { file in
                guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
                let path = file.resolvingSymlinksInPath().path(percentEncoded: false)
                return TextFile(
                    path: folder + "/" + path.dropFirst(base.count).drop { $0 == "/" }, text: text)
            }
            .sorted { $0.path < $1.path }
    }
}
