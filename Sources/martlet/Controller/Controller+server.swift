import Logging
import Server
import Store

extension Controller {
    private var listeners: [APIServer.Listener] {
        let port = configuration.listen.map { APIServer.Listener.tcp(host: $0.host, port: $0.port) }
        return [.unix(path: configuration.socket)] + (port.map { [$0] } ?? [])
    }

    /// The API on the configured socket and port, and the loop that begins once all of them answer: who can't be asked
    /// changes nothing.
    func services(_ logger: Logger) -> (loop: ControllerService, server: APIServer) {
        let (listening, listens) = AsyncStream.makeStream(of: Void.self)
        let loop = ControllerService(
            controller: self, listening: listening, listeners: listeners.count)
        return (loop, server(logger) { listens.yield() })
    }

    private func server(_ logger: Logger, listens: @escaping @Sendable () -> Void) -> APIServer {
        let vitals = Vitals(trouble: { [pulse] in pulse.trouble }, unready: { [pulse] in pulse.unready })
        return APIServer(
            listeners, routes: routes, vitals: vitals,
            metrics: { [metrics, store] in
                (try? store.outboxDepth())?.measure()
                return metrics.text()
            }, logger: logger,
            started: { listener in
                switch listener {
                case .unix(let path): logger.info("listening", metadata: ["socket": "\(path)"])
                case .tcp(let host, let port):
                    logger.info("listening", metadata: ["address": "\(host):\(port)"])
                }
                listens()
            })
    }
}
