import Logging
import Server
import Store

extension Controller {
    /// The API on the configured socket and port.
    func server(_ logger: Logger) -> APIServer {
        var listeners: [APIServer.Listener] = [.unix(path: configuration.socket)]
        if let listen = configuration.listen { listeners.append(.tcp(host: listen.host, port: listen.port)) }
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
            })
    }
}
