/// What the name of a file or folder says about it.
enum EntryName: Equatable {
    /// Begins with a dot: skipped, with all that is in it.
    case hidden
    case manifest(String)
    /// A folder, or a file that is no manifest.
    case plain(String)
    /// Escaped for people, and why it can't be used.
    case unsafe(String, cause: String)

    init(_ bytes: UnsafeRawBufferPointer) {
        let dot = UInt8(ascii: ".")
        if bytes.isEmpty {
            self = .unsafe("", cause: "has no name")
        } else if bytes.elementsEqual([dot]) || bytes.elementsEqual([dot, dot]) {
            self = .unsafe(Self.escaped(bytes), cause: "would lead out of its folder")
        } else if bytes.contains(UInt8(ascii: "/")) {
            self = .unsafe(Self.escaped(bytes), cause: "has a slash in its name")
        } else if bytes.first == dot {
            self = .hidden
        } else if bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            self = .unsafe(Self.escaped(bytes), cause: "has a control character in its name")
        } else if let text = String(validating: bytes, as: UTF8.self) {
            self = Self.isManifest(bytes) ? .manifest(text) : .plain(text)
        } else {
            self = .unsafe(Self.escaped(bytes), cause: "has a name that is not UTF-8")
        }
    }

    static func isManifest(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        [".yaml", ".yml", ".json"].contains { ending in
            name.count > ending.utf8.count && name.suffix(ending.utf8.count).elementsEqual(ending.utf8)
        }
    }

    private static func escaped(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self).unicodeScalars
            .map { $0.value < 0x20 || $0.value == 0x7f ? "\\u{\(String($0.value, radix: 16))}" : String($0) }
            .joined()
    }
}

/// A path of folders, as people write it: slashes around it don't matter, and empty is the root.
struct FolderPath {
    let parts: [Substring]
    var text: String { parts.isEmpty ? "." : parts.joined(separator: "/") }

    init(_ text: String, _ operation: String) throws(GitError) {
        parts = text.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else {
            throw GitError(.settings, operation, "folder '\(text)' leads out of the repository")
        }
    }
}
