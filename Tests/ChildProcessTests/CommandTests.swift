import ChildProcess
import Fixtures
import Foundation
import Glibc
import Testing

struct CommandTests {
    private func shell(
        _ script: String, environment: [String: String] = [:], input: String = "",
        limits: Command.Limits = Command.Limits()
    ) -> Command {
        Command(
            "/bin/sh", ["-c", script], environment: environment, input: Array(input.utf8), limits: limits)
    }

    private func output(of command: Command) async throws -> String {
        let ended = try await command.run { child in await child.output.collect(atMost: 1 << 20) }
        return String(decoding: ended.result, as: UTF8.self)
    }

    @Test func `arguments arrive as they are, and no shell reads them`() async throws {
        let command = Command("/usr/bin/printf", ["%s|", "a b", "$HOME", "", "';x"])
        #expect(try await output(of: command) == "a b|$HOME||';x|")
    }

    @Test func `the environment is what is given and nothing else`() async throws {
        let command = Command("/usr/bin/env", environment: ["B": "2 =", "A": "1"])
        #expect(try await output(of: command) == "A=1\nB=2 =\n")
    }

    @Test(arguments: [0, 1, 100_000])
    func `standard input holds the given bytes and ends`(count: Int) async throws {
        var command = Command("/usr/bin/cat")
        command.input = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let ended = try await command.run { child in await child.output.collect(atMost: 1 << 20) }
        #expect(ended.result == command.input)
        #expect(ended.status == .killed(signal: SIGTERM) || ended.status == .exited(0))
    }

    @Test func `it runs in the given folder`() async throws {
        let folder = try TemporaryFolder()
        let command = Command("/bin/pwd", in: folder.path)
        #expect(try await output(of: command).hasPrefix(folder.path.trimmingSuffix("/")))
    }

    @Test(arguments: [
        ("exit 0", Ending.exited(0), "exit code 0"), ("exit 7", .exited(7), "exit code 7"),
        ("kill -9 $$", .killed(signal: 9), "signal 9"),
    ])
    func `the status says how it ended`(script: String, status: Ending, text: String) async throws {
        let ended = try await shell(script).run { child in await child.waitForExit() }
        #expect(ended.status == status)
        #expect(ended.result == status)
        #expect(status.description == text)
    }

    @Test func `lines come whole, the last without an end too, and long ones in pieces`() async throws {
        let ended = try await shell("printf 'one\\n\\nfour-four\\ntwo'; sleep 0.01; printf 'x\\nend'").run {
            child in
            var lines: [String] = []
            for await line in child.output.lines(longest: 5) {
                lines.append(String(decoding: line, as: UTF8.self))
            }
            return lines
        }
        #expect(
            ended.result == ["one", "", "four-", "four", "twox", "end"]
                || ended.result == ["one", "", "four-four", "twox", "end"])
    }

    @Test func `both outputs are read apart`() async throws {
        let ended = try await shell("echo out; echo err >&2").run { child in
            async let errors = child.errors.collect(atMost: 100)
            let output = await child.output.collect(atMost: 100)
            return [output, await errors].map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(ended.result == ["out\n", "err\n"])
    }

    @Test func `no descriptor of ours is open in it`() async throws {
        let folder = try TemporaryFolder()
        let leaked = open(try folder.write("x", to: "leaked"), O_RDONLY)
        defer { close(leaked) }
        #expect(try await output(of: shell("ls -l /proc/self/fd")).contains("leaked") == false)
    }

    @Test func `it starts with no signal blocked or ignored`() async throws {
        let status = try await output(of: Command("/usr/bin/cat", ["/proc/self/status"]))
        let lines = status.split(separator: "\n").filter { $0.hasPrefix("SigBlk") || $0.hasPrefix("SigIgn") }
        #expect(lines == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"])
    }

    @Test(arguments: [Command.Isolation.group, .session])
    func `it leads a group or a session of its own`(isolation: Command.Isolation) async throws {
        var command = shell("echo $$; ps -o pgid=,sid= -p $$ 2>/dev/null || cut -d' ' -f5,6 /proc/$$/stat")
        command.isolation = isolation
        let numbers = try await output(of: command).split(whereSeparator: \.isWhitespace)
        try #require(numbers.count == 3)
        #expect(numbers[1] == numbers[0])
        #expect((numbers[2] == numbers[0]) == (isolation == .session))
    }

    @Test(arguments: [
        (Command("/no/such/program"), "start '/no/such/program': no such file or directory"),
        (Command("/etc/passwd"), "start '/etc/passwd': permission denied"),
        (Command("sh"), "start 'sh': the path is not absolute"),
        (Command("/bin/sh", in: "/no/such"), "start '/bin/sh': folder '/no/such': no such file or directory"),
        (Command("/bin/sh", ["a\0b"]), "start '/bin/sh': an argument or variable has a NUL byte"),
        (
            Command("/bin/sh", environment: ["A=B": "c"]),
            "start '/bin/sh': a variable's name is empty or has a '='"
        ),
    ])
    func `what can't be started says why`(command: Command, message: String) async throws {
        let error = await #expect(throws: StartError.self) { _ = try await command.run { _ in } }
        #expect(error?.description == message)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
