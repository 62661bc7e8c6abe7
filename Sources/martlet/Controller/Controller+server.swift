import Logging
import Server
import Store
import Synchronization

extension Controller {
    private var listeners: [APIServer.Listener] {
        let port = configuration.listen.map { APIServer.Listener.tcp(host: $0.host, port: $0.port) }
        return [.unix(path: configuration.socket)] + (port.map { [$0] } ?? [])
    }

    /// The API on the configured socket and port, and the loop that begins once all of them answer: who can't be asked
    /// changes nothing.
    func services(_ logger: Logger) -> (
        loop: ControllerService, deliveries: DeliveryJournal, servers: [APIServer]
    ) {
        let (listening, listens) = AsyncStream.makeStream(of: Void.self)
        let catalog = configuration.catalog.map { APIServer.Listener.tcp(host: $0.host, port: $0.port) }
        let loop = ControllerService(
            controller: self, listening: listening, listeners: listeners.count + (catalog == nil ? 0 : 1))
        let deliveries = deliveryJournal(logger)
        let server = server(logger, deliveries) { listens.yield() }
        return (
            loop, deliveries,
            [server] + (catalog.map { [catalogServer($0, logger) { listens.yield() }] } ?? [])
        )
    }

    /// What services there are, for everybody on this machine and nothing else.
    private func catalogServer(
        _ listener: APIServer.Listener, _ logger: Logger, listens: @escaping @Sendable () -> Void
    ) -> APIServer {
        APIServer(
            [listener], routes: catalog.routes, vitals: vitals, authorizer: .readers, metrics: nil,
            logger: logger,
            started: { listener in
                if case .tcp(let host, let port) = listener {
                    logger.info("catalog listening", metadata: ["address": "\(host):\(port)"])
                }
                listens()
            })
    }
    private var catalog: CatalogSource { CatalogSource { [self] in generation.engines.registry } }
    private var vitals: Vitals {
        Vitals(trouble: { [pulse] in pulse.trouble }, unready: { [pulse] in pulse.unready })
    }

    private func server(
        _ logger: Logger, _ deliveries: DeliveryJournal, listens: @escaping @Sendable () -> Void
    ) -> APIServer {
        let hooks = hookReceiver(logger, deliveries)
        return APIServer(
            listeners, routes: routes + hookRoutes(hooks) + catalog.routes, vitals: vitals,
            metrics: { [metrics, store] in
                (try? store.outboxDepth())?.measure()
                return metrics.text()
            }, hooks: hooks, logger: logger,
            started: { [self] listener in
                switch listener {
                case .unix(let path): logger.info("listening", metadata: ["socket": "\(path)"])
                case .tcp(let host, let port):
                    listening.withLock { $0 = Configuration.Endpoint(host: host, port: port) }
                    logger.info("listening", metadata: ["address": "\(host):\(port)"])
                }
                listens()
            })
    }
}
