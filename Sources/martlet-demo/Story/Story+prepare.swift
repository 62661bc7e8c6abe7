import Foundation

extension Story {
    func prepare(sinkPort: Int) async throws {
        screen.begin("A repository, a configuration, two secrets")
        try place.write("", to: "controller.log")
        try await copyManifests()
        try await shell.run("git init --quiet --bare --initial-branch main shop.git")
        try await shell.run("git init --quiet --initial-branch main shop")
        try await shell.run("git -C shop remote add origin ../shop.git")
        try await shell.run("git -C shop add --all")
        try await shell.run("git -C shop commit --quiet --message 'A small shop'")
        try await shell.run("git -C shop push --quiet origin main")
        try place.write(place.configuration(webhook: sinkPort, programs: shell.bin), to: "martlet.yaml")
        try place.write(sink.check.text, to: "webhook.secret", mode: 0o600)
        try FileManager.default.createDirectory(atPath: place.machine, withIntermediateDirectories: false)
        try await shell.show("cat martlet.yaml")
        try await shell.run("export MARTLET_CONFIG=$PWD/martlet.yaml")
        try await put("shop/db", ["username": shop.secrets.username, "password": shop.secrets.password])
        try await put("shop/session", ["key": shop.secrets.session])
        screen.confirm("the values came by standard input; git has references to them only")
    }

    /// As `KEY=VALUE` lines; the value alone where there is one.
    func put(_ path: String, _ values: [String: String]) async throws {
        let keys = values.keys.sorted()
        let lines = keys.map { keys.count == 1 ? values[$0] ?? "" : "\($0)=\(values[$0] ?? "")" }
        let answer = try await shell.run(
            "martlet secret put \(path) \(keys.joined(separator: " "))",
            input: lines.joined(separator: "\n") + "\n")
        screen.show(output: answer.output.trimmingCharacters(in: .newlines))
    }

    /// The example repository becomes a clone that a person works in.
    private func copyManifests() async throws {
        let source = URL(filePath: manifests).standardizedFileURL.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: "\(source)/secure") else {
            throw Failure(
                "'\(source)' is not the example repository", hint: "run 'make demo' in the clone's own folder"
            )
        }
        guard try await shell.quietly("command -v git || echo").output != "\n" else {
            throw Failure("there is no 'git' on the PATH", hint: "sudo apt-get install git")
        }
        try await shell.quietly("cp -R \(source.quoted) shop && chmod -R u+w shop")
    }
}
