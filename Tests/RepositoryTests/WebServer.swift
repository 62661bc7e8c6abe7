import ChildProcess
import Fixtures
import Foundation
import Testing

/// `git http-backend` behind Debian's own lighttpd, unpacked under `.engines/` by `Tests/engines/lighttpd`, over TLS.
/// Ends with the object.
final class WebServer: Sendable {
    let url: String
    /// PEM file.
    let authority: String
    private let folder: TemporaryFolder
    private let serving: Task<Void, Never>

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".engines/lighttpd").path(percentEncoded: false)
    static let isPossible = ["\(root)/usr/sbin/lighttpd", "/usr/lib/git-core/git-http-backend"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// - Parameter token: what it wants from user `oauth2`; empty for nothing.
    init(_ repository: String, token: String = "") async throws {
        let folder = try TemporaryFolder()
        try await HTTPServer.makeAuthority(in: folder.path)
        try folder.write(Stall.script(folder.path), to: "backend")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: folder.path + "/backend")
        try folder.write("oauth2:\(token)\n", to: "users")
        // A port that nobody listens on once this returns.
        let port = try SilentServer().port
        let access = """
            auth.backend = "plain"
            auth.backend.plain.userfile = "\(folder.path)/users"
            auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
            """
        try folder.write(
            """
            server.modules = ("mod_openssl", "mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
            server.document-root = "\(folder.path)"
            server.bind = "127.0.0.1"
            server.port = \(port)
            server.stream-response-body = 1
            ssl.engine = "enable"
            ssl.pemfile = "\(folder.path)/certificate.pem"
            ssl.privkey = "\(folder.path)/key.pem"
            alias.url = ("/infra.git" => "\(folder.path)/backend")
            cgi.assign = ("" => "")
            setenv.add-environment = (
              "GIT_PROJECT_ROOT" => "\(repository)", "GIT_HTTP_EXPORT_ALL" => "1", "PATH" => "/usr/bin:/bin",
              "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*")
            \(token.isEmpty ? "" : access)

            """, to: "lighttpd.conf")
        let libraries = "\(Self.root)/usr/lib/x86_64-linux-gnu:\(Self.root)/usr/lib/aarch64-linux-gnu"
        let command = Command(
            "\(Self.root)/usr/sbin/lighttpd",
            ["-D", "-m", "\(Self.root)/usr/lib/lighttpd", "-f", "\(folder.path)/lighttpd.conf"],
            environment: ["PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": libraries], in: folder.path)
        let (ready, report) = AsyncStream.makeStream(of: Void.self)
        serving = Task {
            _ = try? await command.run { child in
                var log = ""
                for await line in child.errors.lines() {
                    let text = String(decoding: line, as: UTF8.self)
                    log += text + "\n"
                    if text.contains("server started") { report.yield() }
                }
                if !Task.isCancelled { Issue.record("lighttpd ended: \(log)") }
                report.finish()
            }
        }
        (self.folder, authority) = (folder, folder.path + "/authority.pem")
        url = "https://localhost:\(port)/infra.git"
        for await _ in ready { break }
    }
    deinit { serving.cancel() }

    /// From the next request on; nil for never.
    func stall(_ stall: Stall?) throws { try folder.write(stall.map { "\($0)\n" } ?? "", to: "stall") }
}

/// Where a server stops, and says nothing more.
struct Stall: Hashable, Sendable, CustomStringConvertible {
    enum Phase: String, Sendable { case refs, pack }
    enum Place: String, Sendable { case start, half, end }
    var phase: Phase
    var place: Place
    var description: String { "\(phase) \(place)" }

    static let all = [
        Stall(phase: .refs, place: .start), Stall(phase: .refs, place: .half),
        Stall(phase: .refs, place: .end),
        Stall(phase: .pack, place: .start), Stall(phase: .pack, place: .half),
        Stall(phase: .pack, place: .end),
    ]

    /// A CGI program: git's own, cut off where the file `stall` of its folder says.
    static func script(_ folder: String) -> String {
        """
        #!/bin/sh
        backend=/usr/lib/git-core/git-http-backend
        read -r phase place < \(folder)/stall || exec $backend
        case $QUERY_STRING in *service*) now=refs;; *) now=pack;; esac
        [ $phase = $now ] || exec $backend
        answer=$(mktemp)
        $backend > $answer
        size=$(wc -c < $answer)
        case $place in start) size=0;; half) size=$((size / 2));; end) size=$((size - 3));; esac
        head -c $size $answer
        rm $answer
        exec sleep 60

        """
    }

    /// What sshd runs instead of what it is asked for: git's own, cut off.
    var command: String {
        // How many bytes pass; with `end`, all but the last three from there on.
        let passing =
            switch (phase, place) {
            case (.refs, .start): "0"
            case (.refs, .half): "$((size / 2))"
            case (.refs, .end): "$((size - 3))"
            case (.pack, .half): "$((size + 50000))"
            case (.pack, _): "$size"
            }
        let rest = place == .end && phase == .pack ? "length($rest) - 3" : "0"
        return """
            #!/bin/sh
            set -- $SSH_ORIGINAL_COMMAND
            folder=$(eval echo $2)
            size=$(printf 0000 | git-upload-pack $folder | wc -c)
            git-upload-pack $folder | exec perl -e '
              my ($left, $rest) = (shift, "");
              while (sysread(STDIN, my $bytes, 65536)) {
                $rest .= $bytes;
                my $size = $left < length($rest) ? $left : length($rest);
                $left -= syswrite(STDOUT, substr($rest, 0, $size, ""));
                next if $left > 0;
                my $more = \(rest);
                syswrite(STDOUT, substr($rest, 0, $more, "")) if $more > 0;
              }
              sleep 60' \(passing)

            """
    }
}
