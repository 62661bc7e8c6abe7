import ArgumentParser
import Foundation
import Model
import Review

struct SuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Leaves a resource, or a whole source, as it is.")

    @Argument(help: "A resource ('job/web'), or a source.") var subject: String
    @Option(name: .long, help: "Why, for whoever asks later.") var reason: String
    @Option(
        name: .long,
        help: "Until when: '2h', '3d', '2026-12-01' or '2026-12-01T14:00:00Z'. Left out: until it is resumed."
    )
    var until: String?
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await say(options) {
            Saying(
                kind: .suspend, subject: subject, value: reason,
                until: try until.map { try $0.futureSecond() },
                by: NSUserName())
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Ends a suspension.")

    @Argument(help: "A resource ('job/web'), or a source.") var subject: String
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await say(options) { Saying(kind: .resume, subject: subject, by: NSUserName()) }
    }
}

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Takes over what exists in a resource's place and is not ours.")

    @Argument(help: "A resource: 'infrastructure/site'.") var id: String
    @OptionGroup var options: AskingOptions

    func run() async throws { try await say(options) { Saying(kind: .adopt, subject: id, by: NSUserName()) } }
}

struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "Says what became of a step whose answer was lost.")

    enum End: String, EnumerableFlag { case made, notMade }

    @Argument(help: "The resource that is uncertain.") var id: String
    @Flag(help: "Whether it happened.") var end: End
    @Option(
        name: .long,
        help: ArgumentHelp(
            "What a provider imports the object by that was made, where it can't find it by itself.",
            valueName: "ID"))
    var importID: String?
    @OptionGroup var options: AskingOptions

    func validate() throws {
        if end == .notMade, importID != nil {
            throw ValidationError("'--import-id' says which object was made, and '--not-made' that none was")
        }
    }

    func run() async throws {
        try await say(options) {
            Saying(
                kind: end == .made ? .settleMade : .settleNotMade, subject: id, value: importID,
                by: NSUserName())
        }
    }
}

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Agrees to a plan: one that a request was shown to make, or one that waits.")

    @Argument(help: "The plan's digest, or its first 12 digits or more.") var digest: String
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await say(options) {
            Saying(kind: .approve, subject: "", value: digest, by: NSUserName())
        }
    }
}

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Leaves the object of a resource that git no longer has, and knows of it no more.")

    @Argument(help: "A resource: 'infrastructure/site'.") var id: String
    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems { try options.output.show(try await options.operations().forget(id)) }
    }
}

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Lets the controller read its configuration again.")

    @OptionGroup var options: AskingOptions

    func run() async throws {
        try await reportingProblems { try options.output.show(try await options.operations().reload()) }
    }
}

private func say(_ options: AskingOptions, _ saying: () throws -> Saying) async throws {
    try await reportingProblems {
        let saying = try saying()
        try options.output.show(try await options.operations().say(saying))
    }
}

extension String {
    /// Seconds since 1970 of a length of time from now, a day or a moment in UTC; later than now.
    func futureSecond(now: Int = currentMilliseconds()) throws -> Int {
        let time =
            Span(self).map { now + $0.milliseconds }
            ?? (Timestamp(self) ?? Timestamp("\(self)T00:00:00Z"))?.milliseconds
        guard let time else {
            throw ConfigurationError(
                "'\(escapedForDisplay)' is no time", hint: "write 2h, 3d, 2026-12-01 or 2026-12-01T14:00:00Z")
        }
        guard time > now else { throw ConfigurationError("'\(escapedForDisplay)' is over already") }
        return time / 1000
    }
}
