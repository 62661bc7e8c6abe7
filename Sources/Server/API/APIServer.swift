import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// Serves the API on a port, a unix socket, or both.
package struct APIServer: Service {
    package enum Listener: Sendable, Hashable {
        /// Port 0 is any that is free.
        case tcp(host: String = "127.0.0.1", port: Int)
        /// Mode 0600.
        case unix(path: String)
    }
    /// What a shutdown waits for requests that are under way.
    static let drain = Duration.seconds(10)

    private let listeners: [Listener]
    private let routes: RouteTable
    private let vitals: Vitals
    private let access: Access
    private let metrics: (@Sendable () -> String)?
    private let hooks: HookReceiver?
    private let pages: Pages?
    private let certificate: TLSCertificate?
    private let hosts: Set<String>?
    private let logger: Logger
    private let started: @Sendable (Listener) -> Void

    /// Without `metrics` there is no `/metrics`, without `hooks` no `/hooks`, without `pages` nothing for a browser; with
    /// a certificate, ports are encrypted. `started` is told of each listener once it answers, with the port that it
    /// got.
    /// - Parameters:
    ///   - hosts: what a port may be asked for in `Host`, without a port; nil for anything.
    ///   - isProxy: whether an address is that of a proxy, which is believed about whom it asks for.
    ///   - now: milliseconds since 1970, by which sessions end.
    ///   - ticks: milliseconds of a clock that is never set back, by which guessing is held back.
    package init(
        _ listeners: [Listener], routes: [APIRoute], vitals: Vitals, authorizer: Authorizer = .denyAll,
        metrics: (@Sendable () -> String)?, hooks: HookReceiver? = nil, pages: PageSource? = nil,
        certificate: TLSCertificate? = nil, hosts: Set<String>? = nil,
        isProxy: @escaping @Sendable (_ address: String) -> Bool = { _ in false }, logger: Logger,
        now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970 * 1000) },
        ticks: @escaping @Sendable () -> Int = steadyMilliseconds,
        started: @escaping @Sendable (Listener) -> Void = { _ in }
    ) {
        (self.listeners, self.routes, self.vitals) = (listeners, RouteTable(routes), vitals)
        (self.metrics, self.hooks, self.started, self.certificate) = (metrics, hooks, started, certificate)
        (self.hosts, self.pages) = (hosts, pages.map(Pages.init))
        access = Access(
            authorizer, failures: FailedLogins(now: ticks), clients: Clients(isProxy: isProxy), now: now)
        // What Hummingbird says of each connection is noise here.
        var quiet = logger
        quiet.logLevel = .critical
        self.logger = quiet
    }

    /// Until it is shut down or cancelled. Throws `ServerError` when a listener can't start.
    package func run() async throws {
        let limit = Self.drain
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for listener in listeners {
                group.addTask {
                    try await serve(listener)
                    return true
                }
            }
            group.addTask {
                try await gracefulShutdown()
                if !listeners.isEmpty { try await Task.sleep(for: limit) }
                return false
            }
            defer { group.cancelAll() }
            var left = listeners.count
            while let isServer = try await group.next() {
                left -= isServer ? 1 : 0
                if left == 0 || !isServer { break }
            }
        }
    }

    private func serve(_ listener: Listener) async throws {
        switch listener {
        case .tcp(let host, let port):
            let address = BindAddress.hostname(host, port: port)
            do {
                try await application(address, isLocal: false) { channel in
                    started(.tcp(host: host, port: channel.localAddress?.port ?? port))
                }.run()
            } catch let error where error is IOError || error is SocketAddressError {
                throw ServerError.bind(host, port, error)
            }
        case .unix(let path): try await serve(SocketFile(path: path))
        }
    }

    private func serve(_ file: SocketFile) async throws {
        let (bound, isBound) = AsyncStream.makeStream(of: Void.self)
        let application = application(.unixDomainSocket(path: file.temporary), isLocal: true) { _ in
            isBound.yield()
        }
        var published: SocketFile.Identity?
        defer {
            file.discard()
            file.remove(published)
        }
        try await withThrowingTaskGroup(of: SocketFile.Identity?.self) { group in
            group.addTask {
                defer { isBound.finish() }
                do { try await application.run() } catch let error as IOError {
                    throw ServerError.socket(file.path, ServerError.describing(error.errnoCode))
                }
                return nil
            }
            group.addTask {
                guard await bound.first(where: { _ in true }) != nil, !Task.isCancelled else { return nil }
                try file.publish()
                started(.unix(path: file.path))
                return SocketFile.Identity(file.path)
            }
            for try await identity in group { published = identity ?? published }
        }
    }

    private func application(
        _ address: BindAddress, isLocal: Bool, started: @escaping @Sendable (any Channel) -> Void
    ) -> Application<APIResponder> {
        let certificate = isLocal ? nil : certificate
        let responder = APIResponder(
            routes: routes, vitals: vitals, access: access, metrics: metrics, hooks: hooks, pages: pages,
            hosts: isLocal ? nil : hosts, isLocal: isLocal, isEncrypted: certificate != nil)
        var connection = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ClientWatch()], idleTimeout: .seconds(60))
        connection.httpDecoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10)
        return Application(
            responder: responder, server: .connections(connection, certificate),
            configuration: ApplicationConfiguration(
                address: address, availableConnectionsDelegate: MaximumAvailableConnections(1024)),
            onServerRunning: { channel in started(channel) }, logger: logger)
    }
}
