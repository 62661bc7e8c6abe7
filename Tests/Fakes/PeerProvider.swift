package import Fixtures
import Foundation
package import Testing

/// Our Terraform provider, in Python: put under `.engines/peer` by `Tests/engines/peer`. Each version of it speaks one of
/// the protocol.
package enum PeerProvider: String, Sendable, CaseIterable {
    case protocol5 = "1.5.0"
    case protocol6 = "1.6.0"

    package static let source = "registry.example/martlet/peer"
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".engines/peer").path(percentEncoded: false)
    package static let isPossible = FileManager.default.fileExists(atPath: root + "/digest")
    package static let missing: Comment = "our provider is not there: run Tests/engines/peer"
    /// Mirrors of both versions, in the two layouts.
    package static let mirror = root + "/unpacked"
    package static let packedMirror = root + "/packed"

    package var version: String { rawValue }
    package var number: Int { self == .protocol5 ? 5 : 6 }
    /// Its program.
    package var executable: String {
        let folder = "\(Self.mirror)/\(Self.source)/\(version)"
        let platform = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first ?? "none"
        return "\(folder)/\(platform)/terraform-provider-peer_v\(version)_x\(number)"
    }
}

/// The folder in which our provider makes its objects: see Tests/engines/provider/world.py.
package struct PeerWorld: Sendable {
    package let folder: TemporaryFolder
    package init() throws { folder = try TemporaryFolder() }

    /// The folder's path, as the provider's configuration names it.
    package var path: String { folder.path }

    /// An object's fields; nil where there is none.
    package func object(_ type: String, _ name: String) -> [String: Any]? {
        FileManager.default.contents(atPath: file(type, name))
            .flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
    }
    package func names(_ type: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(type)")) ?? [])
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }
    /// Behind everybody's back.
    package func change(_ type: String, _ name: String, _ body: (inout [String: Any]) -> Void) throws {
        var fields = object(type, name) ?? [:]
        body(&fields)
        try put(type, name, fields)
    }
    package func put(_ type: String, _ name: String, _ fields: [String: Any]) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(type)", withIntermediateDirectories: true)
        try JSONSerialization.data(withJSONObject: fields)
            .write(to: URL(filePath: file(type, name)), options: .atomic)
    }
    package func remove(_ type: String, _ name: String) throws {
        try FileManager.default.removeItem(atPath: file(type, name))
    }

    /// How the provider misbehaves from now on: see Tests/engines/provider/moods.py.
    package func fault(_ faults: [[String: Any]]) throws {
        try JSONSerialization.data(withJSONObject: faults)
            .write(to: URL(filePath: "\(path)/faults.json"), options: .atomic)
    }
    /// The calls that came, each as its name, the type and the object's name: "plan peer_thing web".
    package var calls: [String] {
        guard let bytes = FileManager.default.contents(atPath: "\(path)/calls.log") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    package func count(_ call: String) -> Int {
        calls.count { $0 == call || $0.hasPrefix(call + " ") }
    }

    /// Names of plain letters only.
    private func file(_ type: String, _ name: String) -> String { "\(path)/\(type)/\(name).json" }
}
