import ChildProcess
import Fixtures
import Foundation
import Glibc
import Testing

/// Debian's own sshd, unpacked under `.engines/` by `Tests/engines/openssh`, serving one person: whoever runs the
/// tests. As root it gets a mount namespace of its own, where the user and the folder that it insists on exist.
final class SSHServer: Sendable {
    let port: UInt16
    let folder: TemporaryFolder
    private let serving: Task<Void, Never>

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".engines/openssh").path(percentEncoded: false)
    static let isPossible = access(root + "/usr/sbin/sshd", X_OK) == 0
    static let user = String(cString: getpwuid(getuid()).pointee.pw_name)

    /// Makes the host's keys, and one key per given kind for whoever logs in: `key_ed25519` and so on.
    /// `script` runs instead of what whoever logs in asks for.
    init(clientKinds: [String], script: String? = nil) async throws {
        let folder = try TemporaryFolder()
        for kind in ["ed25519", "ecdsa"] { try await Self.makeKey(kind, "host_\(kind)", in: folder) }
        var authorized = ""
        if let script { try folder.write(script, to: "script") }
        for kind in clientKinds {
            try await Self.makeKey(kind, "key_\(kind)", in: folder)
            if script != nil { authorized += "command=\"sh \(folder.path)/script\" " }
            authorized += try String(contentsOfFile: "\(folder.path)/key_\(kind).pub", encoding: .utf8)
        }
        try folder.write(authorized, to: "authorized")
        // A port that nobody listens on once this returns.
        let port = try SilentServer().port
        try folder.write(
            """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder.path)/host_ed25519
            HostKey \(folder.path)/host_ecdsa
            AuthorizedKeysFile \(folder.path)/authorized
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PidFile none
            """, to: "sshd_config")
        let libraries = "\(Self.root)/usr/lib/x86_64-linux-gnu:\(Self.root)/usr/lib/aarch64-linux-gnu"
        let sshd = "\(Self.root)/usr/sbin/sshd -D -e -f \(folder.path)/sshd_config"
        let script = getuid() == 0 ? Self.asRoot(sshd, in: folder.path) : "exec \(sshd)"
        let command = Command(
            "/bin/sh", ["-c", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": libraries],
            in: folder.path)
        let (ready, report) = AsyncStream.makeStream(of: Void.self)
        serving = Task {
            _ = try? await command.run { child in
                var log = ""
                for await line in child.errors.lines() {
                    let text = String(decoding: line, as: UTF8.self)
                    log += text + "\n"
                    if text.contains("listening on") { report.yield() }
                }
                if !Task.isCancelled { Issue.record("sshd ended: \(log)") }
                report.finish()
            }
        }
        (self.port, self.folder) = (port, folder)
        for await _ in ready { break }
    }
    deinit { serving.cancel() }

    private static func asRoot(_ sshd: String, in folder: String) -> String {
        """
        exec unshare --mount sh -c '
          (cat /etc/passwd; echo sshd:x:64123:65534::/run/sshd:/usr/sbin/nologin) > \(folder)/passwd
          mount --bind \(folder)/passwd /etc/passwd
          mount -t tmpfs tmpfs /run && mkdir -p /run/sshd
          exec \(sshd)'
        """
    }

    private static func makeKey(_ kind: String, _ name: String, in folder: TemporaryFolder) async throws {
        let command = Command(
            "/usr/bin/ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", kind, "-f", name], in: folder.path)
        let ended = try await command.run { child in await child.waitForExit() }
        try #require(ended.status.isSuccess)
    }

    /// A line of known_hosts for one of the host's keys.
    func knownHost(_ kind: String, as name: String? = nil) throws -> String {
        let fields = try String(contentsOfFile: "\(folder.path)/host_\(kind).pub", encoding: .utf8).split(
            separator: " ")
        return "\(name ?? "[127.0.0.1]:\(port)") \(fields[0]) \(fields[1])\n"
    }

    /// The line as `ssh-keygen -H` hides its name.
    func hashedKnownHost(_ kind: String) async throws -> String {
        let file = try folder.write(try knownHost(kind), to: "hashed-\(kind)")
        let command = Command("/usr/bin/ssh-keygen", ["-H", "-f", file], in: folder.path)
        let ended = try await command.run { child in await child.waitForExit() }
        try #require(ended.status.isSuccess)
        return try String(contentsOfFile: file, encoding: .utf8)
    }
}
