import Connect
import Model
import Probe
import Server

extension CatalogSource {
    /// What the registries of a controller list, whichever generation of it is in force.
    init(_ registry: @escaping @Sendable () -> Registry?) {
        self.init(
            index: { registry()?.index ?? 0 },
            list: {
                guard let listings = registry()?.listings else { return CatalogList(index: 0, services: []) }
                return CatalogList(
                    index: listings.index, services: listings.services.map(CatalogService.init))
            },
            find: { project, name in
                registry()?.listing(Self.id(project, name)).map(CatalogService.init)
            },
            wait: { index, service in
                await registry()?.wait(beyond: index, of: service.map(Self.id))
            },
            settle: { await Self.settle(registry) })
    }

    /// What is no id is the id of nothing.
    private static func id(_ project: String, _ name: String) -> ResourceID {
        ResourceID("service/\(project)/\(name)") ?? ResourceID("service", project, name)
    }

    /// Whoever took what a new controller has not asked yet for gone would leave services that go on all the time.
    private static func settle(_ registry: @Sendable () -> Registry?) async {
        while let present = registry(), !present.isSettled, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension CatalogService {
    fileprivate init(_ listing: Registry.Listing) {
        let name = listing.id.key.map { "\(listing.id.name)[\($0)]" } ?? listing.id.name
        self.init(
            id: listing.id.description, project: listing.id.project, name: name, tags: listing.tags,
            meta: listing.meta, allow: listing.allow.map(\.description),
            endpoints: listing.endpoints.map(Endpoint.init), index: listing.index)
    }
}

extension CatalogService.Endpoint {
    fileprivate init(_ endpoint: Connect.Endpoint) {
        let (health, reason) =
            switch endpoint.health {
            case .healthy: ("healthy", nil as String?)
            case .unknown: ("unknown", "its checks have not answered yet")
            case .unhealthy(let cause): ("unhealthy", cause)
            }
        self.init(
            name: endpoint.name, address: endpoint.address, port: endpoint.port, health: health,
            reason: reason)
    }
    /// As a URL's authority writes it.
    var place: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
