import HTTPClient
import Logging
import Review
import Server
import ServiceLifecycle
import Store
import Synchronization

extension Controller {
    private var listeners: [APIServer.Listener] {
        let port = configuration.listen.map { APIServer.Listener.tcp(host: $0.host, port: $0.port) }
        return [.unix(path: configuration.socket)] + (port.map { [$0] } ?? [])
    }

    /// The API on the configured socket and port, and the loop that begins once all of them answer: who can't be asked
    /// changes nothing.
    func services(_ logger: Logger) throws -> (loop: ControllerService, beside: [any Service]) {
        let (listening, listens) = AsyncStream.makeStream(of: Void.self)
        let catalog = configuration.catalog.map { APIServer.Listener.tcp(host: $0.host, port: $0.port) }
        let loop = ControllerService(
            controller: self, listening: listening, listeners: listeners.count + (catalog == nil ? 0 : 1))
        let certificate = try configuration.tls.map { files throws(ServerError) in
            try TLSCertificate(files, logger: logger)
        }
        let deliveries = deliveryJournal(logger)
        var beside: [any Service] = [deliveries, tokens, ReportService(reports: reports, logger: logger)]
        if let certificate { beside.append(certificate) }
        beside.append(server(certificate, logger, deliveries) { listens.yield() })
        if let catalog { beside.append(catalogServer(catalog, logger) { listens.yield() }) }
        return (loop, beside)
    }

    /// What services there are, for everybody on this machine and nothing else.
    private func catalogServer(
        _ listener: APIServer.Listener, _ logger: Logger, listens: @escaping @Sendable () -> Void
    ) -> APIServer {
        APIServer(
            [listener], routes: catalog.routes, vitals: vitals, authorizer: .readers, metrics: nil,
            hosts: ["localhost", "127.0.0.1", "[::1]", configuration.catalog?.host ?? ""], logger: logger,
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
        _ certificate: TLSCertificate?, _ logger: Logger, _ deliveries: DeliveryJournal,
        listens: @escaping @Sendable () -> Void
    ) -> APIServer {
        let hooks = hookReceiver(logger, deliveries)
        return APIServer(
            listeners, routes: routes + hookRoutes(hooks) + catalog.routes, vitals: vitals,
            authorizer: tokens.authorizer,
            metrics: { [metrics, store] in
                (try? store.outboxDepth())?.measure()
                return metrics.text()
            }, hooks: hooks, pages: pages, certificate: certificate,
            isProxy: { [proxies = configuration.proxies] address in
                proxies.contains { $0.contains(address) }
            }, logger: logger,
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

    private var pages: PageSource {
        PageSource(
            front: { [self] in try await ControllerOperations(controller: self).frontPage() },
            report: { [self] name in try await ControllerOperations(controller: self).report(name) },
            preview: { [self] repository, request in
                try await ControllerOperations(controller: self).preview(of: request, in: repository)
            },
            url: { [self] in configuration.url })
    }
}

/// Writes what was seen of commits, beside the loop.
private struct ReportService: Service {
    let reports: ReportKeeper
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            await reports.run { error in
                logger.warning("report not kept", metadata: ["cause": "\(error.description)"])
            }
        }
    }
}
