import Foundation
import Model
import Secure

extension Story {
    func put(_ path: String, _ values: [String: String]) async throws {
        screen.show(command: "martlet secret put \(path) …")
        let store = SealedStore(.init(folder: "\(place.state)/secrets", key: .file("\(place.state)/secrets.key")))
        try FileManager.default.createDirectory(atPath: place.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try store.create()
        try store.put(SecretPath(path), values.mapValues { Array($0.utf8) })
    }
}
