import Foundation

/// The yardstick of infrastructure: the real `terraform`, over as many objects of the same provider.
struct TerraformYardstick {
    let folder: URL
    private let arguments: [String]

    /// - Parameter mirror: where the provider's packages are.
    init(_ things: Things, mirror: URL, in folder: URL) throws {
        self.folder = folder.appending(path: "terraform")
        let file = folder.appending(path: "cli.tfrc")
        arguments = [
            "env", "TF_CLI_CONFIG_FILE=\(file.filePath)", "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
            "terraform", "-chdir=\(self.folder.filePath)",
        ]
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try "provider_installation { filesystem_mirror { path = \"\(mirror.filePath)\" } }".write(
            to: file, atomically: true, encoding: .utf8)
        try things.terraform(world: folder.appending(path: "terraform-world").filePath)
            .write(to: self.folder.appending(path: "main.tf.json"))
        _ = try run("init", [])
    }

    func apply() throws -> Double { try run("apply", ["-auto-approve"]).wall }
    /// Of what must change nothing.
    func plan(_ more: String...) throws -> Double { try run("plan", ["-detailed-exitcode"] + more).wall }

    private func run(_ command: String, _ more: [String]) throws -> Measurement {
        try Command.must(arguments + [command, "-input=false", "-no-color"] + more, in: folder)
    }
}

/// Objects of our provider, the same for both.
struct Things {
    let count: Int

    private func fields(_ index: Int) -> [String: Any] {
        [
            "name": "thing-\(index)", "size": index, "enabled": true, "zone": "eu",
            "tags": ["team": "core", "number": "\(index)"], "ports": [80, 443],
            "hosts": ["a.example", "b.example"],
        ]
    }
    private func json(_ object: Any) throws -> Data {
        try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    }

    func terraform(world: String) throws -> Data {
        let things = Dictionary(uniqueKeysWithValues: (0..<count).map { ("thing-\($0)", fields($0)) })
        return try json([
            "terraform": ["required_providers": ["peer": ["source": "registry.example/martlet/peer"]]],
            "provider": ["peer": ["world": world]], "resource": ["peer_thing": things],
        ])
    }
    func history() throws -> GitHistory {
        func file(_ index: Int) throws -> GitHistory.File {
            let config = String(decoding: try json(fields(index)), as: UTF8.self)
            return GitHistory.File(
                path: "part-\(index / 500)/thing-\(index).yaml",
                text: """
                    apiVersion: martlet/v1
                    kind: Infrastructure
                    metadata: {name: thing-\(index)}
                    spec:
                      provider: peer
                      type: peer_thing
                      config: \(config)

                    """)
        }
        return GitHistory(try (0..<count).map(file), changed: try file(0))
    }
}
