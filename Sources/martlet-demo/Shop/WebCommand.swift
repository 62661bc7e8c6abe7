import ArgumentParser
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The shop's web server: what the example's job runs. It reads its page from the disk each time it is asked, answers
/// what it has begun when it is told to stop, and takes no more.
struct WebCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "web", abstract: "The shop's web server.", shouldDisplay: false)

    @Option(help: "The port on the loopback interface.") var port: Int
    @Option(help: "What this version of the shop is called.") var release: String
    @Option(help: "The page's file.") var page: String
    @Option(help: "The file of the database's schema, without which there is nothing to serve.")
    var schema: String
    @Option(help: "The file with the database's password.") var passwordFile: String

    func run() async throws {
        guard FileManager.default.fileExists(atPath: schema) else {
            throw ValidationError("'\(schema)' is missing: the database has not been migrated")
        }
        guard let password = FileManager.default.contents(atPath: passwordFile) else {
            throw ValidationError("'\(passwordFile)' can't be read")
        }
        let about = try JSONEncoder().encode(
            WebInstance(
                release: release, name: ProcessInfo.processInfo.environment["MARTLET_NAME"] ?? "",
                pid: getpid(), startedAt: Date.now.timeIntervalSince1970))
        let application = Application(
            router: router(about: about, password: password),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            logger: Logger(label: "web"))
        try await application.runService()
    }

    private func router(about: Data, password: Data) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { _, _ in "ok\n" }
        router.get("version") { _, _ in String(decoding: about, as: UTF8.self) }
        router.get("proof/{question}") { _, context in
            WebInstance.proof(of: password, for: try context.parameters.require("question"))
        }
        router.get("/") { [page] _, _ -> Response in
            guard let bytes = FileManager.default.contents(atPath: page) else {
                return Response(status: .internalServerError)
            }
            return Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        return router
    }
}

/// What an instance of the web server says of itself.
struct WebInstance: Codable, Hashable, Sendable {
    var release: String
    /// As the supervisor calls it.
    var name: String
    var pid: Int32
    /// Seconds since 1970.
    var startedAt: Double

    /// Shows that somebody knows the password, without a word of it.
    static func proof(of password: Data, for question: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(question.utf8), using: SymmetricKey(data: password))
        return Data(code).base64EncodedString()
    }
}
