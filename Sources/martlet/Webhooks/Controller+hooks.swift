import Logging
import Model
import Reconcile
import Server
import Store
import Synchronization

extension Configuration {
    /// Throws where a secret that is in a file or in the environment can't be used; those of the sealed store may come
    /// later.
    func hookRoutes(_ engines: Engines) throws(ConfigurationError) -> [String: HookRoute] {
        let problems = hooks.sorted { $0.key < $1.key }.flatMap { name, hook in
            ConfigurationCheck.problems(of: hook, in: self).map { problem in
                var problem = problem
                problem.message = "hook '\(name)': \(problem.message)"
                return problem
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        let secrets = HookSecrets(self, engines)
        var routes: [String: HookRoute] = [:]
        for (name, hook) in hooks {
            routes[name] = HookRoute(
                name, hook.provider, sources: sources(of: hook), branches: hook.branches, rate: hook.rate,
                secrets: { await secrets.secrets(of: name) })
            routes[name]?.hearsRequests = sources(of: hook).contains { source in
                self.sources[source].flatMap { repositories[$0.repository] }?.forge?.previews != nil
            }
        }
        return routes
    }
}

extension Controller {
    /// What keeps deliveries, and owes a fetch for those of earlier runs until one has followed.
    func deliveryJournal(_ logger: Logger) -> DeliveryJournal {
        let journal = DeliveryJournal(
            store, logger: logger,
            looked: { [self] number, sources in generation.look(at: number, of: sources) },
            kept: { [self] seen, asked in generation.hear(seen, asked: asked) })
        for source in configuration.sources.keys {
            guard let since = (try? store.hearing(of: source))?.owedSince else { continue }
            logger.info("webhook owes a fetch", metadata: ["source": "\(source)"])
            journal.owes(source, since: since)
        }
        _ = pulse.watch(
            Pulse.Watch(
                happened: { _ in },
                ended: { [self] picture in
                    journal.settle(picture)
                    generation.follow(picture)
                }))
        return journal
    }

    func hookReceiver(_ logger: Logger, _ deliveries: DeliveryJournal) -> HookReceiver {
        HookReceiver(
            logger: logger, now: currentMilliseconds, routes: { [self] in generation.hooks },
            keep: deliveries.keep)
    }

    func hookRoutes(_ receiver: HookReceiver) -> [APIRoute] {
        [
            APIRoute(.get, "/webhooks", .viewer) { [self] _ in .json(webhooks(receiver)) },
            APIRoute(.post, "/webhooks/{name}/test", .operator) { [self] request in
                await Self.answering {
                    .json(try await operations(request).testWebhook(request.parameters["name"] ?? ""))
                }
            },
        ]
    }

    private func webhooks(_ receiver: HookReceiver) -> WebhookList {
        let sights = receiver.sights
        return WebhookList(
            generation.hooks.values.sorted { $0.name < $1.name }.map { route in
                WebhookList.Row(
                    name: route.name, provider: route.provider.rawValue, address: hookPlace(route.name).url,
                    sources: route.sources, branches: route.branches, rate: "\(route.rate)",
                    last: sights[route.name].map(WebhookList.Last.init))
            })
    }

    /// Where a hook answers, the way that its sender takes where that is known.
    func hookPlace(_ name: String) -> HookPlace {
        let configuration = configuration
        if let url = configuration.url { return HookPlace(url: "\(url)/hooks/\(name)", isOutside: true) }
        // A certificate is for the name that others use, and not for this machine's own address.
        guard configuration.tls == nil, let endpoint = listening.withLock(\.self) else {
            return HookPlace(url: "http://martlet/hooks/\(name)", socket: configuration.socket)
        }
        // Who listens on every address is reached on this machine's own.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][endpoint.host] ?? endpoint.host
        return HookPlace(
            url: "http://\(Configuration.Endpoint(host: host, port: endpoint.port))/hooks/\(name)")
    }
}

struct HookPlace: Sendable {
    var url: String
    /// Nil for a port.
    var socket: String?
    /// As others reach it, by whatever proxy this machine needs for that.
    var isOutside = false
}
