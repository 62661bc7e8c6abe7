import ChildProcess
import Fixtures
import Foundation
import Testing

/// `git http-backend` behind Python's TLS server, with an authority made by openssl. Ends with the object.
final class HTTPServer: Sendable {
    let url: String
    /// PEM file.
    let authority: String
    private let folder: TemporaryFolder
    private let serving: Task<Void, Never>

    static let isPossible =
        python != nil && FileManager.default.isExecutableFile(atPath: "/usr/lib/git-core/git-http-backend")
    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/root/.pyenv/shims/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    init(_ repository: String, token: String = "") async throws {
        let folder = try TemporaryFolder()
        try await Self.makeAuthority(in: folder.path)
        let script = try folder.write(Self.script, to: "server.py")
        let python = try #require(Self.python)
        let (ports, port) = AsyncStream.makeStream(of: String.self)
        let command = Command(
            python, [script, repository, token], environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"],
            in: folder.path)
        serving = Task {
            _ = try? await command.run { child in
                async let errors = child.errors.collect(atMost: 4096)
                for await line in child.output.lines() { port.yield(String(decoding: line, as: UTF8.self)) }
                let text = String(decoding: await errors, as: UTF8.self)
                if !Task.isCancelled { Issue.record("the server ended: \(text)") }
                port.finish()
            }
        }
        (self.folder, authority) = (folder, folder.path + "/authority.pem")
        var iterator = ports.makeAsyncIterator()
        let number = await iterator.next() ?? "0"
        url = "https://localhost:\(number)/infra.git"
    }
    deinit { serving.cancel() }

    static func makeAuthority(in folder: String) async throws {
        let script = """
            set -e
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out authority.pem \
              -subj "/CN=Test authority" -days 2 -addext basicConstraints=critical,CA:TRUE
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out request.pem -subj /CN=localhost
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names
            openssl x509 -req -in request.pem -CA authority.pem -CAkey ca.key -CAcreateserial -days 2 \
              -extfile names -out certificate.pem
            """
        let command = Command("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], in: folder)
        let ended = try await command.run { child in
            let text = await child.errors.collect(atMost: 4096)
            _ = await child.waitForExit()
            return text
        }
        try #require(ended.status.isSuccess, "\(String(decoding: ended.result, as: UTF8.self))")
    }

    private static let script = #"""
        import base64, http.server, os, ssl, subprocess, sys
        repository, token = sys.argv[1], sys.argv[2]
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def answer(self, status, headers, body):
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def body(self):
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", "0")))
                data = b""
                while True:
                    size = int(self.rfile.readline(), 16)
                    data += self.rfile.read(size)
                    self.rfile.readline()
                    if size == 0: return data
            def serve(self):
                body = self.body()
                if token:
                    given = self.headers.get("Authorization", "")
                    good = "Basic " + base64.b64encode(("oauth2:" + token).encode()).decode()
                    if given != good:
                        return self.answer(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
                path, _, query = self.path.partition("?")
                port, target = server.server_address[1], "/infra" + self.path[self.path.find(".git"):]
                moves = {"/moved": "", "/offsite": f"https://127.0.0.1:{port}", "/downgrade": f"http://localhost:{port}"}
                for prefix, base in moves.items():
                    if path.startswith(prefix): return self.answer(302, [("Location", base + target)], b"")
                if not path.startswith("/infra.git"): return self.answer(404, [], b"")
                environment = {
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": repository, "GIT_HTTP_EXPORT_ALL": "1",
                    "PATH_INFO": path[len("/infra.git"):], "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
                    "REMOTE_ADDR": "127.0.0.1", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
                    "GIT_CONFIG_VALUE_0": "*",
                }
                result = subprocess.run(["/usr/lib/git-core/git-http-backend"], input=body, env=environment, capture_output=True)
                head, _, content = result.stdout.partition(b"\r\n\r\n")
                headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
                status = int(dict(headers).get("Status", "200").split()[0])
                self.answer(status, [header for header in headers if header[0] != "Status"], content)
            do_GET = do_POST = serve
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("certificate.pem", "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """#
}
