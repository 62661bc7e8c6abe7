import ArgumentParser
import Foundation
import HTTPClient
import Model
import Repository
import Server

struct HooksAnnounceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "announce",
        abstract: "Says what a push changes, and asks the controller for a pass; a hook runs it.",
        discussion: "Reads 'OLD NEW REFERENCE' lines, as git gives them to post-receive.")

    func run() async throws {
        try await GitHook.working {
            let repository = try await GitHook.repository()
            let settings = try await GitHookSettings(repository)
            GitHook.limit(to: settings.timeout)
            for push in GitHook.pushes() {
                guard let new = push.new else { continue }
                for source in try settings.sources(of: push.reference) {
                    let check = try await TreeCheck(repository, source)
                    let summary = try await PushSummary(check, from: push.old, to: new)
                    GitHook.say("martlet: \(source.title) at \(new.description.prefix(7)): \(summary.text)")
                    try await ask(for: source, push.reference, push.old, new, settings)
                }
            }
        }
    }

    private func ask(
        for source: HookSource, _ reference: String, _ old: ObjectID?, _ new: ObjectID,
        _ settings: GitHookSettings
    ) async throws {
        if let url = settings.url {
            let body = try JSONEncoder().encode(
                Push(id: UUID().uuidString, ref: reference, before: old?.description, after: new.description))
            try await post(Array(body), to: url, settings)
            GitHook.say("martlet: the controller was asked for a pass")
        } else if let socket = settings.socket {
            GitHook.say("martlet: \(try await RemoteOperations(socket: socket).sync(source.name).message)")
        }
    }

    /// What a route of provider `generic` reads.
    private struct Push: Encodable {
        /// New each time, so that the same push is not taken for the one before.
        var id: String
        var ref: String
        var before: String?
        var after: String
    }

    private func post(_ body: [UInt8], to url: String, _ settings: GitHookSettings) async throws {
        guard let file = settings.secretFile else {
            throw ConfigurationError(
                "nothing signs what is posted", hint: "git config martlet.secretFile FILE, of mode 0600")
        }
        let secret: HookSecret
        let text = try Configuration.SecretPlace.file(absolute(file)).read()
        do throws(HookSecretError) { secret = try HookSecret(text, for: .generic) } catch {
            throw ConfigurationError("martlet.secretFile: \(error)", hint: error.hint)
        }
        let proof = "sha256=\(secret.code(of: body))"
        var request = HTTPRequest(
            "POST", url, headers: ["content-type": "application/json", "X-Signature": proof], body: body)
        request.caFile = settings.caFile
        let response = try await HTTPClient().send(request)
        guard (200..<300).contains(response.status) else {
            throw OperationError(
                response.status, "the controller answers \(response.status)",
                hint: "check the route's name and its secret; its log says which check failed")
        }
    }
}
