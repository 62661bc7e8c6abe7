import Model

/// A resource that a manifest names, and where.
struct Use: Hashable, Sendable {
    enum Role: Hashable, Sendable {
        /// `${…}`.
        case reference
        case dependsOn
        /// A field that names a resource and takes an output of it.
        case binding(String)
        /// A field that only names one.
        case named(String)
        case movedFrom
    }
    var id: ResourceID
    var path: FieldPath
    var place: Place
    var role: Role

    init(_ id: ResourceID, _ path: FieldPath, _ place: Place, _ role: Role) {
        (self.id, self.path, self.place, self.role) = (id, path, place, role)
    }

    /// Whether whoever names it is planned and applied after it.
    var isEdge: Bool {
        switch role {
        case .reference, .dependsOn, .binding: true
        case .named, .movedFrom: false
        }
    }
}
