import ChildProcess
import Fixtures
import Foundation
import Testing

@Suite struct SecretTests {
    @Test func `one key is all of standard input without its last newline`() async throws {
        let session = try Session()
        let put = try await session.run("secret", "put", "shop/key", "pem", input: "one\ntwo\n\n")
        #expect(put.output == "secret 'shop/key' is at version 1: pem\n" && put.code == 0)
        let list = try await session.run("secret", "list")
        #expect(list.redacted(session.folder) == "shop/key  version 1  TIME  pem\n")
    }

    @Test(arguments: ["username=u\npassword=a=b\n", #"{"username": "u", "password": "a=b"}"#])
    func `several keys are lines or an object`(input: String) async throws {
        let ran = try await Session().run("secret", "put", "shop/db", "username", "password", input: input)
        #expect(ran.output == "secret 'shop/db' is at version 1: password, username\n")
        #expect(ran.errors == "" && ran.code == 0)
    }

    @Test func `a secret's life, as the commands tell it`() async throws {
        let session = try Session()
        var said = ""
        let steps: [([String], String)] = [
            (["list"], ""),
            (["put", "shop/db", "password", "--note", "for\u{1b}[31m the shop"], "hunter2\n"),
            (["put", "shop/db", "username"], "shop"), (["rotate", "shop/db"], ""),
            (["rotate", "shop/db", "password"], ""), (["metadata", "shop/db"], ""),
            (["put", "shop/db", "token", "--replace", "--note", ""], "t0ken"),
            (["remove", "shop/db", "--version", "1"], ""), (["metadata", "shop/db"], ""),
            (["rotate-key"], ""),
            (["remove", "shop/db"], ""), (["list"], ""), (["rotate", "shop/db", "token"], ""),
            (["remove", "shop/db", "--purge"], ""), (["metadata", "shop/db"], ""),
        ]
        for (arguments, input) in steps {
            let ran = try await session.run(session.command(["secret"] + arguments, input: input))
            said += "$ martlet secret \(arguments.joined(separator: " "))\n".replacing("\u{1b}", with: "ESC")
            said += ran.redacted(session.folder) + (ran.code == 0 ? "" : "(\(ran.code ?? -1))\n")
        }
        try expectGolden(said, "secret-life.txt")
        #expect(!said.contains("hunter2") && !said.contains("t0ken"))
    }

    @Test func `list and metadata answer in JSON`() async throws {
        let session = try Session()
        _ = try await session.run(
            "secret", "put", "shop/db", "password", "--note", "a note", input: "hunter2")
        let list = try await session.run("secret", "list", "--format", "json")
        try expectGolden(list.redacted(session.folder), "secret-list.json")
        let metadata = try await session.run("secret", "metadata", "shop/db", "--format", "json")
        try expectGolden(metadata.redacted(session.folder), "secret-metadata.json")
    }

    @Test(arguments: [
        (["put", "shop/db", "password=hunter2"], ""), (["put", "shop/db=hunter2"], ""),
        (["metadata", "shop/db=hunter2"], ""), (["rotate", "shop/db", "password=hunter2"], ""),
    ])
    func `an argument that looks like a value is refused, and not repeated`(
        arguments: [String], input: String
    ) async throws {
        let session = try Session()
        let ran = try await session.run(session.command(["secret"] + arguments, input: input))
        #expect(
            ran.errors == """
                error: an argument looks like KEY=VALUE, and arguments are for everybody to see
                  hint: give the value on standard input, or leave it out and type it at the prompt

                """)
        #expect(ran.output == "" && ran.code == 1)
    }

    @Test(arguments: [
        (["a"], "", "error: the value of 'a' is empty\n"),
        (["a"], "\n", "error: the value of 'a' is empty\n"),
        (
            ["a", "b"], "a=hunter2\n",
            "error: standard input gives no 'b'\n  hint: for several keys it is KEY=VALUE lines, or a JSON object\n"
        ),
        (
            ["a", "b"], "a=hunter2\nb=hunter2\nhunter2=\n",
            "error: standard input gives a key that was not named\n  hint: name all keys after the path\n"
        ),
        (
            ["a", "b"], "a=hunter2\nhunter2\n",
            "error: line 2 of standard input is no KEY=VALUE\n  hint: a value of several lines needs a JSON object, or a 'put' of its own\n"
        ),
        (
            ["a", "b"], "a=1\na=hunter2\n",
            "error: line 2 of standard input gives a key for the second time\n"
        ),
        (
            ["a", "b"], #"{"a": "hunter2", "b": 1}"#,
            "error: standard input begins like JSON, and is no object of strings\n"
        ),
        (["a", "a"], "", "error: key 'a' is named twice\n"),
    ])
    func `what can't be a value is refused without showing it`(
        keys: [String], input: String, message: String
    ) async throws {
        let session = try Session()
        let ran = try await session.run(session.command(["secret", "put", "shop/db"] + keys, input: input))
        #expect(ran.errors == message)
        #expect(ran.output == "" && ran.code == 1)
        let list = try await session.run("secret", "list")
        #expect(list.output.hasPrefix("no secrets in store 'sealed'\n"))
    }

    @Test func `one of several stores must be named`() async throws {
        let session = try Session()
        try session.folder.write(
            """
            engines:
              main: {type: sealed, path: main, key: {file: main.key}}
              spare: {type: sealed, path: spare, key: {file: spare.key}}
            """, to: "config/martlet/martlet.yaml")
        let none = try await session.run("secret", "put", "a", input: "1")
        #expect(
            none.errors
                == "error: the configuration has several sealed stores\n  hint: name one with --store; there are: main, spare\n"
        )
        let wrong = try await session.run("secret", "list", "--store", "spar")
        #expect(
            wrong.errors == "error: no sealed store 'spar' is configured\n  hint: did you mean 'spare'?\n")
        #expect(try await session.run("secret", "put", "a", "--store", "spare", input: "1").code == 0)
        #expect(
            try await session.run("secret", "list", "--store", "main").output.hasPrefix(
                "no secrets in store 'main'"))
        #expect(try await session.run("secret", "list", "--store", "spare").output.hasPrefix("a  version 1"))
    }

    @Test(arguments: [
        ("hunter2\\r|hunter2\\r", "0", "secret 'shop/db' is at version 1: password"),
        ("hunter3\\x7f2\\r|x\\x15hunter2\\r", "0", "secret 'shop/db' is at version 1: password"),
        ("hunter2\\r|other\\r", "1", "error: the two values of 'password' are not the same"),
        ("hunter2\\x03", "1", "error: cancelled; nothing was stored"),
        ("\\r", "1", "error: the value of 'password' is empty"),
    ])
    func `a prompt shows nothing of what is typed, and leaves the terminal as it was`(
        typed: String, code: String, last: String
    ) async throws {
        let session = try Session()
        var command = session.command(["-c", Self.typist, Session.program, typed])
        (command.executable, command.environment["PATH"]) = ("/usr/bin/python3", "/usr/bin:/bin")
        try #require(FileManager.default.isExecutableFile(atPath: command.executable))
        let ran = try await session.run(command)
        let lines = ran.output.split(whereSeparator: \.isNewline).map(String.init)
        #expect(ran.errors == "")
        #expect(lines.first == "password of shop/db: ")
        #expect(lines.suffix(3) == [last, "code \(code)", "echo True"])
        #expect(!ran.output.contains("hunter") && !ran.output.contains("other"))
    }

    /// Types each part once a question stands there, with a line of its own for the program's exit code and for whether
    /// the terminal shows what is typed again.
    private static let typist = """
        import os, pty, re, sys, termios
        program, typed = sys.argv[1], sys.argv[2].encode().decode("unicode_escape").encode()
        leader, follower = pty.openpty()
        child = os.fork()
        if child == 0:
            os.login_tty(follower) if hasattr(os, "login_tty") else (os.setsid(), [os.dup2(follower, n) for n in range(3)])
            os.execv(program, [program, "secret", "put", "shop/db", "password"])
        seen = b""
        for part in typed.split(b"|"):
            start = len(seen)
            while not re.search(rb"(of shop/db|again): $", seen[start:]): seen += os.read(leader, 1000)
            assert not termios.tcgetattr(leader)[3] & termios.ECHO
            os.write(leader, part)
        status = os.waitpid(child, 0)[1]
        os.set_blocking(leader, False)
        try:
            while True: seen += os.read(leader, 1000)
        except OSError: pass
        print(seen.decode().rstrip())
        print("code", os.waitstatus_to_exitcode(status))
        print("echo", bool(termios.tcgetattr(leader)[3] & termios.ECHO))
        """
}
