import ChildProcess
import NIOCore
import Synchronization

/// One process of a provider's program, from its start to its end.
final class PluginProcess: Sendable {
    let launch: ProviderLaunch
    let concealed: Concealed
    let pid: Int32
    let version: Int
    /// From the start until it could be talked to.
    let startedIn: Duration
    let startedAt: ContinuousClock.Instant
    private let connection: GRPCConnection
    private let life: Life

    private init(_ life: Life, _ connection: GRPCConnection, pid: Int32, version: Int) {
        (launch, concealed, self.life, self.connection) = (life.launch, life.concealed, life, connection)
        (self.pid, self.version) = (pid, version)
        startedAt = .now
        startedIn = startedAt - life.began
    }

    static func start(
        _ launch: ProviderLaunch, concealed: Concealed, log: @escaping @Sendable (PluginLogLine) -> Void
    ) async throws(PluginError) -> PluginProcess {
        guard let folder = SocketFolder() else {
            throw PluginError(
                .start, provider: launch.name, "a folder for its socket can't be made: \(errorText())")
        }
        let life = Life(launch, concealed: concealed, socketFolder: folder.path, log: log)
        do throws(PluginError) {
            let (pid, line) = try await life.firstLine()
            let handshake: Handshake
            do { handshake = try Handshake(line) } catch {
                throw PluginError(
                    .handshake, provider: launch.name, concealed.hide(in: error.cause), hint: error.hint)
            }
            let connection = try await connect(handshake, launch)
            life.whenEnded { connection.close() }
            let process = PluginProcess(life, connection, pid: pid, version: handshake.version)
            process.drainStandardOutput(log)
            return process
        } catch {
            await life.end(grace: .zero)
            throw error
        }
    }

    private static func connect(
        _ handshake: Handshake, _ launch: ProviderLaunch
    ) async throws(PluginError) -> GRPCConnection {
        let pin: CertificatePin?
        do { pin = try handshake.certificate.map(CertificatePin.init) } catch {
            throw PluginError(.handshake, provider: launch.name, "its handshake's certificate is none")
        }
        do { return try await GRPCConnection.connect(to: handshake.address, pin: pin) } catch {
            throw PluginError(
                .handshake, provider: launch.name, "it can't be reached where it says that it listens")
        }
    }

    /// How it ended; waits until it has.
    func waitForEnd() async -> Ending? { await life.ending }

    /// The last of what it wrote that tells why it ended, as far as that can be told.
    var lastWords: String? { life.lastWords }

    /// Kills it, unless it ends by itself before that.
    @discardableResult
    func end(grace: Duration) async -> Ending? { await life.end(grace: grace) }

    /// Asks it to end, and sees to it.
    @discardableResult
    func shutDown() async -> Ending? {
        let grace = launch.limits.shutdown
        let request = GRPCStream.Request(
            path: "/plugin.GRPCController/Shutdown", body: [], timeout: grace, largest: 1 << 16)
        // It may end before it answers.
        _ = try? await connection.call(request, isCancellable: false)
        return await life.end(grace: grace)
    }

    /// What a plugin prints once it serves, it sends this way; unless somebody reads it, it stops at the first page.
    private func drainStandardOutput(_ log: @escaping @Sendable (PluginLogLine) -> Void) {
        let (connection, printed) = (connection, Printed(concealed, log))
        let request = GRPCStream.Request(
            path: "/plugin.GRPCStdio/StreamStdio", body: [], timeout: nil, largest: 1 << 22)
        Task {
            // Those that are no Go programs have no such call.
            try? await connection.stream(request, isCancellable: false) { printed.take($0) }
            printed.end()
        }
    }
}

extension PluginProcess {
    func exchange(
        _ call: ProviderCall, _ body: [UInt8], subject: String
    ) async throws(PluginError) -> [UInt8] {
        let limits = launch.limits.calls
        do throws(GRPCFailure) {
            guard body.count <= limits.message else { throw .tooLarge(body.count) }
            let request = GRPCStream.Request(
                path: call.path(version: version), body: body, timeout: limits.limit(of: call),
                largest: limits.message)
            return try await connection.call(request, isCancellable: call.isCancellable)
        } catch {
            var failure = await explain(error, limits.limit(of: call))
            (failure.call, failure.subject) = (call.rawValue, subject)
            throw failure
        }
    }

    private func explain(_ failure: GRPCFailure, _ limit: Duration?) async -> PluginError {
        func error(_ kind: PluginError.Kind, _ cause: String, hint: String? = nil, acted: Bool = true)
            -> PluginError
        {
            var error = PluginError(kind, provider: launch.name, cause, hint: hint)
            error.mayHaveActed = acted
            return error
        }
        switch failure {
        case .status(GRPCFailure.unimplemented, _):
            return error(.unsupported, "it has no such call", acted: false)
        case .status(let status, let message):
            let words = message.isEmpty ? "" : ": \(concealed.hide(in: message))"
            var answered = error(.answered, GRPCFailure.name(of: status) + words)
            answered.status = status
            return answered
        case .lost(let cause, let isUnseen):
            guard !connection.isUntrusted else {
                return error(
                    .untrusted, "it shows another certificate than its handshake names", acted: false)
            }
            // A process that has lost its connection is of no use, and usually has ended.
            let ending = await life.end(grace: launch.limits.shutdown)
            let words = lastWords.map { ": \($0)" } ?? ""
            return error(
                .crashed, (ending.map { "it crashed with \($0)" } ?? cause) + words, acted: !isUnseen)
        case .timedOut: return error(.timedOut, "no answer in \(limit.map { "\($0)" } ?? "time")")
        case .cancelled: return error(.cancelled, "the call was cancelled")
        case .malformed(let cause): return error(.malformed, "its answer is not gRPC: \(cause)")
        case .tooLarge(let count):
            return error(
                .tooLarge, "a message has \(count) bytes, and may have \(launch.limits.calls.message)")
        }
    }
}
