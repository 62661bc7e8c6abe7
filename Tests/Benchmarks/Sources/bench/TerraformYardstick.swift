import Foundation

/// The yardstick of infrastructure: the real `terraform`, over as many objects of the same provider.
struct TerraformYardstick {
    /// More than these it is not asked to make.
    static let most = 500

    let folder: URL
    private let arguments: [String]
    private let objects: ProviderObjects

    init(_ objects: ProviderObjects, in folder: URL) throws {
        self.objects = objects
        self.folder = folder.appending(path: "terraform")
        let file = folder.appending(path: "cli.tfrc")
        let variables = objects.environment.merging([
            "TF_CLI_CONFIG_FILE": file.filePath, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
        ]) { $1 }
        arguments =
            ["env"] + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + [
                "terraform", "-chdir=\(self.folder.filePath)",
            ]
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try "provider_installation { filesystem_mirror { path = \"\(objects.mirror.filePath)\" } }".write(
            to: file, atomically: true, encoding: .utf8)
        try objects.terraform().write(to: self.folder.appending(path: "main.tf.json"))
        _ = try run("init", [])
    }

    /// Makes them; nil where they are too many, and are taken over instead.
    func apply() throws -> Measurement? {
        guard objects.count > Self.most else { return try run("apply", ["-auto-approve"]) }
        try objects.takeOver(in: folder.deletingLastPathComponent())
            .write(to: folder.appending(path: "terraform.tfstate"))
        return nil
    }
    /// Of what must change nothing.
    func plan(_ more: String...) throws -> Measurement { try run("plan", ["-detailed-exitcode"] + more) }

    private func run(_ command: String, _ more: [String]) throws -> Measurement {
        try Command.must(arguments + [command, "-input=false", "-no-color"] + more, in: folder)
    }
}
