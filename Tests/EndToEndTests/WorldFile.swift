import Foundation

/// What stands at a path, as a test compares it.
enum WorldFile: Equatable, Sendable, CustomStringConvertible {
    case file(String, mode: UInt16)
    case directory(mode: UInt16)
    case symlink(String)
    case other

    /// Nil where nothing is, or it went while it was looked at.
    init?(_ path: String) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.uint16Value ?? 0
        switch attributes[.type] as? FileAttributeType {
        case .typeRegular?:
            guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
            self = .file(String(decoding: bytes, as: UTF8.self), mode: mode)
        case .typeDirectory?: self = .directory(mode: mode)
        case .typeSymbolicLink?:
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
                return nil
            }
            self = .symlink(target)
        default: self = .other
        }
    }

    var description: String {
        switch self {
        case .file(let text, let mode): "file \(String(mode, radix: 8)) \(text.debugDescription)"
        case .directory(let mode): "directory \(String(mode, radix: 8))"
        case .symlink(let target): "symlink to \(target)"
        case .other: "something else"
        }
    }

    /// Everything under a folder, by its path below it.
    static func all(under root: String) -> [String: WorldFile] {
        var found: [String: WorldFile] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            found[name] = WorldFile("\(root)/\(name)")
        }
        return found
    }
}

/// What differs, a line each; empty where the folder is as it should be.
func differences(under root: String, from expected: [String: WorldFile]) -> [String] {
    let found = WorldFile.all(under: root)
    return Set(found.keys).union(expected.keys).sorted().compactMap { path in
        let (wanted, present) = (expected[path], found[path])
        guard wanted != present else { return nil }
        return "\(path): wanted \(wanted?.description ?? "nothing"), is \(present?.description ?? "nothing")"
    }
}
