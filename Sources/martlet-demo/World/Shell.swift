import ChildProcess
import Foundation

extension String {
    /// One word to a shell.
    var quoted: String { "'\(replacing("'", with: "'\\''"))'" }
}

/// Runs what is shown, as it is shown, with the demo's folder as the present one.
struct Shell: Sendable {
    let folder: String
    /// Where `martlet` is.
    let program: String
    let screen: Screen

    var bin: String { (program as NSString).deletingLastPathComponent }

    struct Answer: Sendable {
        var output: String
        var errors: String
    }

    /// The user's own, but for what would lead `git` or `martlet` elsewhere, and proxies, which have no way to here.
    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.lowercased().hasSuffix("_proxy") && !name.hasPrefix("GIT_") && !name.hasPrefix("MARTLET_")
        }
        environment["PATH"] = bin + ":" + (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        environment["MARTLET_CONFIG"] = "\(folder)/martlet.yaml"
        environment["COLUMNS"] = "\(Screen.outputWidth)"
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        environment["GIT_CONFIG_SYSTEM"] = "/dev/null"
        for role in ["AUTHOR", "COMMITTER"] {
            environment["GIT_\(role)_NAME"] = "A newcomer"
            environment["GIT_\(role)_EMAIL"] = "newcomer@shop.example"
        }
        return environment
    }

    /// Shows a command and runs it; it must end with `code`. Its input is not shown.
    @discardableResult
    func run(_ line: String, input: String = "", endingWith code: Int32 = 0) async throws -> Answer {
        screen.show(command: line)
        return try await quietly(line, input: input, endingWith: code)
    }

    /// What a command of Martlet's answers to a program.
    func ask<Answer: Decodable>(_ line: String, _ type: Answer.Type, endingWith code: Int32 = 0) async throws
        -> Answer
    {
        let text = try await quietly("martlet \(line) --format json", endingWith: code).output
        do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
            throw Failure("'martlet \(line)' did not answer with the JSON that is documented")
        }
    }

    /// The same, and shows what it prints.
    @discardableResult
    func show(_ line: String, endingWith code: Int32 = 0) async throws -> Answer {
        let answer = try await run(line, endingWith: code)
        screen.show(output: answer.output.trimmingCharacters(in: .newlines))
        return answer
    }

    @discardableResult
    func quietly(_ line: String, input: String = "", endingWith code: Int32 = 0) async throws -> Answer {
        let command = Command(
            "/bin/sh", ["-c", line], environment: environment, in: folder, input: Array(input.utf8),
            limits: .init(whole: .seconds(60)))
        let ended = try await start(command)
        try Task.checkCancellation()
        let answer = ended.result
        guard ended.overran == nil else { throw Failure("'\(line)' did not end within a minute") }
        guard ended.status == .exited(code) else {
            var failure = Failure("'\(line)' ended with \(ended.status), not \(code)")
            failure.log = (answer.output + answer.errors).split(separator: "\n").map(String.init)
            throw failure
        }
        return answer
    }

    private func start(_ command: Command) async throws(Failure) -> Ended<Answer> {
        do {
            return try await command.run { child in
                async let output = child.output.collect(atMost: 1 << 20)
                async let errors = child.errors.collect(atMost: 1 << 20)
                return await Answer(
                    output: String(decoding: output, as: UTF8.self),
                    errors: String(decoding: errors, as: UTF8.self))
            }
        } catch { throw Failure("\(error)") }
    }
}
