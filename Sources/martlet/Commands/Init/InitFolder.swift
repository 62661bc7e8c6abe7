import ChildProcess
import Foundation
import Model
import Review

/// The folder of a new configuration. What is there already stays as it is.
struct InitFolder {
    let path: String

    init(_ path: String) { self.path = path }

    func checkFree(_ names: [String]) throws(ConfigurationError) {
        let taken = names.filter { name in
            var status = stat()
            return lstat("\(path)/\(name)", &status) == 0
        }
        guard taken.isEmpty else {
            throw ConfigurationError(
                taken.map { Diagnostic(.error, "file '\(path)/\($0)' exists, and is not overwritten") })
        }
    }

    /// Writes all of it, or leaves nothing behind.
    func write(_ draft: ConfigurationDraft) async throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ConfigurationError("folder '\(path)' can't be made")
        }
        do {
            if draft.needsKey { try await makeKey(comment: "martlet \(draft.name)") }
            try write(WebhookSecretFile.text(), to: ConfigurationDraft.secretName, mode: 0o600)
            if draft.hasForge {
                try write(WebhookSecretFile.plainText(), to: ConfigurationDraft.hookSecretName, mode: 0o600)
            }
            if draft.isSSH {
                try write(InitGuide.hosts(draft, folder: path), to: ConfigurationDraft.hostsName, mode: 0o644)
            }
            try write(draft.text, to: ConfigurationDraft.configurationName, mode: 0o600)
        } catch {
            for name in draft.fileNames { unlink("\(path)/\(name)") }
            throw error
        }
    }

    private func write(_ text: String, to name: String, mode: mode_t) throws(ConfigurationError) {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw ConfigurationError(
                "file '\(file)' can't be made: \(String(cString: strerror(errno)).lowercased())")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
        } catch { throw ConfigurationError("file '\(file)' can't be written") }
    }

    private func makeKey(comment: String) async throws {
        let file = "\(path)/\(ConfigurationDraft.keyName)"
        let hint = "install OpenSSH's client, or name a key that you have with --ssh-key"
        guard let program = Self.find("ssh-keygen") else {
            throw ConfigurationError("a deploy key needs 'ssh-keygen', which is not in PATH", hint: hint)
        }
        var command = Command(
            program, ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file],
            environment: ["PATH": "/usr/bin:/bin"])
        command.limits.whole = .seconds(30)
        let ended = try await command.run { child in
            await child.errors.collect(atMost: 1000)
        }
        guard ended.status.isSuccess else {
            let cause = String(decoding: ended.result, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw ConfigurationError(
                "'\(program)' ended with \(ended.status): \(cause.escapedForDisplay)", hint: hint)
        }
    }

    private static func find(_ program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
    }
}

private enum WebhookSecretFile {
    static func text() -> String { WebhookSecret.generate() + "\n" }
    /// What every forge takes: 32 bytes in hexadecimal digits.
    static func plainText() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }.hex + "\n"
    }
}
