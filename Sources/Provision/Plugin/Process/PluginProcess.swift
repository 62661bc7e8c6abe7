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
    private let isAskedToEnd = Mutex(false)

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
            do { handshake = try Handshake(line, hiding: concealed) } catch {
                throw PluginError(.handshake, provider: launch.name, error.cause, hint: error.hint)
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
    func waitForEnd() async -> String { await life.end.map(life.words) ?? "nothing" }

    /// Whether we have asked it to end: what it leaves unanswered then is no crash.
    var isShuttingDown: Bool { isAskedToEnd.withLock { $0 } }

    /// Asks it to end, and sees to it.
    func shutDown() async {
        isAskedToEnd.withLock { $0 = true }
        let grace = launch.limits.shutdown
        let request = GRPCStream.Request(
            path: "/plugin.GRPCController/Shutdown", body: [], timeout: grace, largest: 1 << 16)
        // It may end before it answers.
        _ = try? await connection.call(request, isCancellable: false)
        await life.end(grace: grace)
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
        var failure: PluginError
        if body.count > limits.message {
            failure = tooLarge(body.count)
        } else {
            let request = GRPCStream.Request(
                path: call.path(version: version), body: body, timeout: limits.limit(of: call),
                largest: limits.message)
            do { return try await connection.call(request, isCancellable: call.isCancellable) } catch {
                failure = await explain(error, request.timeout)
            }
        }
        (failure.call, failure.subject) = (call.rawValue, subject)
        throw failure
    }

    /// What the provider may have done is not known but in the cases that say so.
    private func explain(_ failure: GRPCFailure, _ limit: Duration?) async -> PluginError {
        var error: PluginError
        switch failure {
        case .status(GRPCFailure.unimplemented, _):
            return PluginError(.unsupported, provider: launch.name, "it has no such call")
        // Its clock may be ahead of ours.
        case .status(GRPCFailure.deadlineExceeded, _) where limit != nil:
            return await explain(.timedOut, limit)
        case .status(let status, let message):
            let words = message.isEmpty ? "" : ": \(concealed.hide(in: message))"
            error = PluginError(.answered, provider: launch.name, GRPCFailure.name(of: status) + words)
            error.status = status
        case .lost(let cause, let isUnseen): return await lost(cause, isUnseen: isUnseen)
        case .timedOut:
            error = PluginError(
                .timedOut, provider: launch.name, "no answer in \(limit.map { "\($0)" } ?? "time")")
        case .cancelled: error = PluginError(.cancelled, provider: launch.name, "the call was cancelled")
        case .malformed(let cause):
            error = PluginError(.malformed, provider: launch.name, "its answer is not gRPC: \(cause)")
        case .tooLarge(let count): error = tooLarge(count)
        }
        error.mayHaveActed = true
        return error
    }

    /// A process that has lost its connection is of no use, and usually has ended.
    private func lost(_ cause: String, isUnseen: Bool) async -> PluginError {
        guard !connection.isUntrusted else {
            await life.end(grace: .zero)
            return PluginError(
                .untrusted, provider: launch.name, "it shows another certificate than its handshake names")
        }
        let end = await life.end(grace: launch.limits.shutdown)
        let crash = end.flatMap { $0.isItsOwn ? "it crashed with \(life.words(for: $0))" : nil }
        var error = PluginError(.crashed, provider: launch.name, crash ?? cause)
        error.mayHaveActed = !isUnseen
        return error
    }

    private func tooLarge(_ count: Int) -> PluginError {
        PluginError(
            .tooLarge, provider: launch.name,
            "a message has \(count) bytes, and may have \(launch.limits.calls.message)")
    }
}
