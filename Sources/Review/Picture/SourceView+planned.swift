import Model
import Reconcile

extension SourceView {
    /// A change as it is shown; `fields` where only some of its own are.
    func planned(_ id: ResourceID, _ change: Change, fields: [FieldChange]? = nil) -> PlannedResource {
        let node = picture.nodes[id]
        let shown = fields ?? change.fields
        let type = typeWords(of: id)
        var resource = PlannedResource(
            id, layer: node?.layer ?? .provision, engine: node?.engine ?? "", type: type,
            PlannedResource.Action(change.action), cause: change.cause,
            fields: shown.flatMap { FieldReport.fields(of: $0, readsJSON: type.contains("_")) }
                .filter { !id.saysAlready($0.path) || $0.before != nil && $0.after != nil }.map {
                    $0.renamed(id.shortPath($0.path))
                },
            place: node?.manifest.flatMap { place($0, FieldPath()) })
        if node?.manifest?.dataType != nil, change.action != .delete { resource.action = .read }
        resource.createsFirst = change.createsFirst
        if picture.focus.replacing.contains(id) { resource.note = "made anew as asked" }
        resource.names = names(of: id, besides: resource.fields)
        return resource
    }

    /// `aws_s3_bucket`, `host file`, `job`.
    func typeWords(of id: ResourceID) -> String {
        let node = picture.nodes[id]
        if let data = node?.manifest?.dataType { return "data \(data)".safeForDisplay }
        guard let type = node?.manifest?.type ?? node?.record?.type else { return id.kind }
        return (type.contains("_") ? type : "\(node?.engine ?? "") \(type)").safeForDisplay
    }

    /// What tells this object from another and does not change.
    private func names(of id: ResourceID, besides fields: [FieldReport]) -> [NamedValue] {
        guard let node = picture.nodes[id] else { return [] }
        let spec = node.record?.spec ?? node.pending?.asked ?? .null
        for key in ["bucket", "identifier", "path", "name"] where !fields.contains(where: { $0.path == key })
        {
            guard let value = spec["config"]?[key] ?? spec[key], value.string != nil,
                let shown = DisplayValue(of: value)
            else { continue }
            return [NamedValue(key, shown)]
        }
        return []
    }
}

extension ResourceID {
    /// An infrastructure's own fields are those of its `config`.
    func shortPath(_ path: String) -> String {
        kind == "infrastructure" && path.hasPrefix("config.") ? String(path.dropFirst(7)) : path
    }
    /// What its type tells in words.
    func saysAlready(_ path: String) -> Bool {
        kind == "infrastructure" && ["provider", "type", "data"].contains(path)
    }
}

extension PlannedResource.Action {
    init(_ action: Change.Action) {
        self =
            switch action {
            case .create: .create
            case .update: .update
            case .replace: .replace
            case .delete: .delete
            }
    }
}

extension FieldReport {
    fileprivate func renamed(_ path: String) -> FieldReport {
        var field = self
        field.path = path
        return field
    }
}
