/// One service as the catalog's clients see it.
package struct CatalogService: Codable, Sendable, Hashable {
    package struct Endpoint: Codable, Sendable, Hashable {
        /// The instance's name; none for a fixed address.
        package var name: String?
        package var address: String
        package var port: Int
        /// `healthy`, `unhealthy` or `unknown`.
        package var health: String
        /// Why it is not healthy.
        package var reason: String?

        package init(name: String?, address: String, port: Int, health: String, reason: String? = nil) {
            (self.name, self.address, self.port) = (name, address, port)
            (self.health, self.reason) = (health, reason)
        }
    }
    /// `service/shop/web`.
    package var id: String
    package var project: String
    /// With its key, where it has one: `web[eu]`.
    package var name: String
    package var tags: [String]
    package var meta: [String: String]
    /// The jobs that may call it.
    package var allow: [String]
    package var endpoints: [Endpoint]
    /// Of its last change.
    package var index: Int

    package init(
        id: String, project: String, name: String, tags: [String], meta: [String: String], allow: [String],
        endpoints: [Endpoint], index: Int
    ) {
        (self.id, self.project, self.name, self.tags) = (id, project, name, tags)
        (self.meta, self.allow, self.endpoints, self.index) = (meta, allow, endpoints, index)
    }
}

/// All services, as `GET /v1/catalog/services` answers.
package struct CatalogList: Codable, Sendable, Hashable {
    package var index: Int
    package var services: [CatalogService]
    package init(index: Int, services: [CatalogService]) { (self.index, self.services) = (index, services) }
}

/// Where the catalog's routes have it from.
package struct CatalogSource: Sendable {
    /// Of the last change of any service.
    package var index: @Sendable () -> Int
    package var list: @Sendable () -> CatalogList
    package var find: @Sendable (_ project: String, _ name: String) -> CatalogService?
    /// Returns when something has a greater index: one service (`project`, `name`), or any.
    package var wait: @Sendable (_ index: Int, _ service: (project: String, name: String)?) async -> Void
    /// Returns once it knows of all that it lists.
    package var settle: @Sendable () async -> Void
    let pages = CatalogPages()

    package init(
        index: @escaping @Sendable () -> Int, list: @escaping @Sendable () -> CatalogList,
        find: @escaping @Sendable (_ project: String, _ name: String) -> CatalogService?,
        wait: @escaping @Sendable (_ index: Int, _ service: (project: String, name: String)?) async -> Void,
        settle: @escaping @Sendable () async -> Void
    ) {
        (self.index, self.list, self.find) = (index, list, find)
        (self.wait, self.settle) = (wait, settle)
    }
}
