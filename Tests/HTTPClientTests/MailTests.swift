import Fakes
import Fixtures
import Foundation
import HTTPClient
import Testing

/// Mail over libcurl's SMTP, to servers that speak it.
@Suite("Mail", .timeLimit(.minutes(1))) struct MailTests {
    private static func letter(_ subject: String = "shop: in sync", text: String = "All is well.\n") throws
        -> MailMessage
    {
        let from = try #require(MailAddress("Martlet <martlet@shop.example>"))
        let to = try ["ops@shop.example", "\"Ünit, Test\" <unit@shop.example>"].map {
            try #require(MailAddress($0))
        }
        return MailMessage(
            id: "msg_abc", from: from, to: to, subject: subject, text: text,
            date: Date(timeIntervalSince1970: 1_795_269_731))
    }
    private static func server(_ url: String) -> MailServer {
        var server = MailServer(url: url)
        server.encryption = .none
        return server
    }

    @Test func `a letter arrives whole, for each recipient`() async throws {
        let sink = try MailSink()
        let text = "Ünïcode\n.\n..dots\n" + String(repeating: "long line ", count: 200) + "\n"
        try await Self.server(sink.url).send(try Self.letter("Käse: \u{1f9c0} — ok", text: text))
        let letter = try #require(sink.letters.first)
        #expect(letter.from.hasPrefix("<martlet@shop.example>"))
        #expect(letter.to == ["<ops@shop.example>", "<unit@shop.example>"])
        #expect(letter.header("Date") == "Sat, 21 Nov 2026 14:02:11 +0000")
        #expect(letter.header("Message-ID") == "<msg_abc@shop.example>")
        #expect(letter.header("In-Reply-To") == nil)
        #expect(letter.subject == "Käse: \u{1f9c0} — ok")
        #expect(letter.body == text.replacing("\n", with: "\r\n"))
        #expect(letter.text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    }

    @Test func `an answer names what it answers`() async throws {
        let sink = try MailSink()
        var answer = try Self.letter()
        answer.answers = "msg_first"
        try await Self.server(sink.url).send(answer)
        #expect(sink.letters.first?.header("In-Reply-To") == "<msg_first@shop.example>")
        #expect(sink.letters.first?.header("References") == "<msg_first@shop.example>")
    }

    @Test(arguments: [
        "one\r\nBcc: victim@example.org", "one\nBcc: victim@example.org\n\nbody", "a\u{0}b\u{7f}c",
        "=?utf-8?Q?x?=",
        "\u{202e}evil", String(repeating: "word ", count: 60), "",
    ])
    func `no subject makes a header of its own`(subject: String) throws {
        let text = String(decoding: try Self.letter(subject).bytes, as: UTF8.self)
        let letter = MailSink.Letter(text: text)
        #expect(letter.headers.count == 9 && letter.headers.allSatisfy { $0.name != "Bcc" })
        #expect(
            letter.subject.replacing(" ", with: "")
                == String(
                    subject.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.map(Character.init)
                ).replacing(" ", with: ""))
        #expect(text.replacing("\r\n", with: "").utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }

    @Test func `an id is never more than a name`() throws {
        var letter = try Self.letter()
        letter.id = "a>\r\nBcc: x <b"
        let text = String(decoding: letter.bytes, as: UTF8.self)
        #expect(text.contains("Message-ID: <aBccxb@shop.example>\r\n"))
    }

    @Test(arguments: [
        ("a@b.example", "", "a@b.example"), ("Ann <a@b.example>", "Ann", "a@b.example"),
        ("\"O, Ann\" <a+x@b.example>", "O, Ann", "a+x@b.example"), ("<a@b>", "", "a@b"),
    ])
    func `an address is read`(text: String, name: String, address: String) throws {
        let read = try #require(MailAddress(text))
        #expect(read.name == name && read.address == address)
    }

    @Test(arguments: [
        "", "a", "@b", "a@", "a b@c", "a@b>c", "a@b\r\nRCPT TO:<x@y>", "<a@b", "a@b> <c@d", "a@b,c@d", "ä@b",
        "a@b c",
        "x <a@b> y", "a<b@c",
    ])
    func `what is none is refused`(text: String) { #expect(MailAddress(text) == nil) }

    @Test(arguments: [
        ("MAIL", "550 no", "mail server answered 550"), ("RCPT", "452 too many", "mail server answered 452"),
        ("EHLO", "421 busy", "mail server answered"),
    ])
    func `a server that says no is named with its number`(verb: String, reply: String, cause: String)
        async throws
    {
        let (sink, letter) = (try MailSink(replies: [verb: "\(reply) canary"]), try Self.letter())
        do throws(HTTPError) {
            try await Self.server(sink.url).send(letter)
            Issue.record("it was taken")
        } catch {
            #expect(error.cause.hasPrefix(cause) && !"\(error)".contains("canary"), "\(error)")
            #expect(error.isRetryable)
        }
        #expect(sink.letters.isEmpty)
    }

    @Test func `without TLS nothing is said unless that was allowed`() async throws {
        let sink = try MailSink()
        var server = MailServer(url: sink.url)
        (server.user, server.password) = ("martlet", "canary")
        await #expect(throws: HTTPError.self) { try await server.send(try Self.letter()) }
        #expect(sink.letters.isEmpty)
        server.encryption = .none
        #expect(server.problem == "a password is never sent without TLS")
        #expect(!"\(server) \(String(reflecting: server))".contains("canary"))
        #expect(MailServer(url: "https://mail.example").problem != nil)
        #expect(
            MailServer(url: "smtps://user:canary@mail.example").problem == "URL has no host, or a user in it")
        #expect(MailServer(url: "smtps://mail.example:465").problem == nil)
    }

    @Test func `a server that is not there, or is silent, is named`() async throws {
        let letter = try Self.letter()
        do throws(HTTPError) {
            try await Self.server("smtp://127.0.0.1:1").send(letter)
        } catch {
            #expect(error.description == "127.0.0.1:1: connection refused")
        }
        let silent = try RawServer.silent()
        var server = Self.server("smtp://127.0.0.1:\(silent.port)")
        server.timeout = .milliseconds(300)
        do throws(HTTPError) { try await server.send(letter) } catch {
            #expect(error.kind == .timedOut)
        }
        let task = Task { [server] in
            var server = server
            server.timeout = .seconds(60)
            return try await server.send(try Self.letter())
        }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: HTTPError.self) { try await task.value }
    }

    @Test(arguments: ["smtps", "smtp"])
    func `logs in over TLS, at once or by STARTTLS, and only where the certificate is believed`(
        scheme: String
    )
        async throws
    {
        let (authority, letter) = (try Authority(), try Self.letter())
        let secure = try SecureMailServer(authority, isTLSAtOnce: scheme == "smtps")
        var server = MailServer(url: "\(scheme)://localhost:\(secure.port)")
        (server.user, server.password) = ("martlet", "canary-pass")
        do throws(HTTPError) {
            try await server.send(letter)
            Issue.record("an unknown authority was believed")
        } catch {
            #expect(error.kind == .untrusted, "\(error)")
        }
        server.caFile = authority.caFile
        try await server.send(letter)
        server.password = "wrong"
        do throws(HTTPError) {
            try await server.send(letter)
            Issue.record("a wrong password was taken")
        } catch {
            #expect(error.kind == .rejected && error.cause.contains("neither user nor password"), "\(error)")
            #expect(!"\(error)".contains("wrong"))
        }
        #expect(secure.letters() == 1)
    }
}

/// A mail server of Python's own, with TLS and a login. The process is only started here and ended in `deinit`.
private final class SecureMailServer: @unchecked Sendable {
    let port: Int
    private let process = Process()
    private let file: String

    init(_ authority: Authority, isTLSAtOnce: Bool) throws {
        let script = try authority.folder.write(Self.script, to: "mail.py")
        file = authority.file("letters")
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            script, authority.file("server.pem"), authority.file("server.key"),
            isTLSAtOnce ? "tls" : "starttls", file,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = Int(line.trimmingCharacters(in: .newlines)) ?? 0
    }
    /// It may have been started with other signals ignored.
    deinit { kill(process.processIdentifier, SIGKILL) }

    func letters() -> Int {
        (FileManager.default.contents(atPath: file) ?? Data()).split(separator: 0x0a).count
    }

    private static let script = """
        import base64, socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        at_once, letters = sys.argv[3] == "tls", sys.argv[4]
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)

        def talk(plain):
            link = context.wrap_socket(plain, server_side=True) if at_once else plain
            secure, known = at_once, False
            lines = link.makefile("rb")
            def say(text): link.sendall(text.encode() + b"\\r\\n")
            say("220 ready")
            while True:
                line = lines.readline().decode().strip()
                verb = line[:4].upper()
                if not line or verb == "QUIT": return
                if verb == "EHLO": say("250-mail\\r\\n250 " + ("AUTH PLAIN" if secure else "STARTTLS"))
                elif line.upper() == "STARTTLS":
                    say("220 go on")
                    link = context.wrap_socket(plain, server_side=True)
                    lines, secure = link.makefile("rb"), True
                elif verb == "AUTH":
                    word = line.split(" ")[2] if line.count(" ") == 2 else None
                    if word is None:
                        say("334 ")
                        word = lines.readline().decode().strip()
                    known = base64.b64decode(word) == b"\\0martlet\\0canary-pass"
                    say("235 welcome" if known else "535 no")
                elif not (secure and known): say("530 log in first")
                elif verb == "DATA":
                    say("354 go on")
                    while lines.readline().strip() != b".": pass
                    open(letters, "a").write("letter\\n")
                    say("250 taken")
                else: say("250 OK")

        while True:
            connection, _ = listener.accept()
            try: talk(connection)
            except (OSError, ssl.SSLError, ValueError): pass
            connection.close()
        """
}
