import Model

extension FileReading {
    /// One turn: every part of the document is read, so that all problems are told, and a resource is declared only
    /// where there are none.
    mutating func read(_ reading: DocumentReading, key: String?) {
        let told = reader.problems.count
        reader.uses = []
        reader.scope.takesReferences = false
        reader.scope.project = settings.project
        let metadata = member(Library.Position.metadata, of: reading)?.value ?? .null
        let project = metadata["project"]?.string ?? settings.project
        reader.scope.project = project
        _ = member(Library.Position.dependsOn, of: reading)
        retag(from: 0, as: .dependsOn)
        let dependencies = Set(reader.uses.map(\.id))
        let options = options(of: reading)
        let common = reader.uses
        guard let name = metadata["name"]?.string else {
            readSpecAlone(reading)
            return
        }
        let labels = metadata["labels"]?.fields.compactMapValues(\.string) ?? [:]
        check(project, of: reading)
        let id = ResourceID(reading.entry.kind.id, project, name, key: key)
        for engine in engines(of: reading) {
            reader.uses = common
            var draft = Draft(id: id, engine: engine.name, reading: reading)
            if engine.isKeyed { draft.id.key = key.map { "\($0)@\(engine.name)" } ?? engine.name }
            let spec = readSpec(&draft)
            checkReferences()
            let manifest = Manifest(
                draft.id, source: settings.name, layer: reading.entry.kind.layer, engine: engine.name,
                type: draft.type, spec: reader.problems.count == told ? spec ?? Self.empty : Self.empty,
                dependsOn: dependencies, labels: labels, options: options, document: reading.document)
            if reader.problems.count == told { check(manifest, draft) }
            let isWhole = reader.problems.count == told
            declare(
                Declaration(
                    manifest: manifest, isWhole: isWhole, place: namePlace(reading),
                    line: reader.tree[reading.root].place.line, uses: reader.uses,
                    outputs: isWhole ? outputs(of: manifest, draft) : nil))
        }
    }

    private static let name = Name("name")
    private static let empty = Expression.literal(.null)

    /// One of the common fields.
    private mutating func member(_ position: Int, of reading: DocumentReading) -> Reader.Result? {
        reader.read(reading.entry.frame.members[position], at: reading.key(position) ?? -1, in: reading.root)
    }

    /// What is written under `reconcile`; the resource that it was moved from becomes a use.
    private mutating func options(of reading: DocumentReading) -> ReconcileOptions {
        let before = reader.uses.count
        guard let value = member(Library.Position.reconcile, of: reading)?.value else {
            return ReconcileOptions()
        }
        retag(from: before, as: .movedFrom)
        let options = ReconcileOptions(value)
        guard !settings.grants.mayAdopt, let key = reading.key(Library.Position.reconcile) else {
            return options
        }
        for name in ["adopt", "movedFrom"] {
            let isUsed = name == "adopt" ? options.adopt != .no : options.movedFrom != nil
            guard isUsed,
                let node = reader.tree.value(of: Name(name), in: reader.tree.target(reader.tree[key].next))
            else { continue }
            reader.problems.append(
                Problem(
                    reader.tree[node].place, "'\(name)' is not granted to source '\(settings.name)'",
                    hint: Self.grantHint))
        }
        return options
    }
    static let grantHint = "the controller's configuration grants it"

    private mutating func retag(from start: Int, as role: Use.Role) {
        for index in reader.uses.indices.dropFirst(start) { reader.uses[index].role = role }
    }

    private func namePlace(_ reading: DocumentReading) -> Place {
        guard let metadata = reading.key(Library.Position.metadata) else {
            return reader.tree[reading.root].place
        }
        let fields = reader.tree.target(reader.tree[metadata].next)
        return reader.tree[reader.tree.value(of: Self.name, in: fields) ?? fields].place
    }

    /// Where there is no id to declare, what stands under `spec` still has its problems told.
    private mutating func readSpecAlone(_ reading: DocumentReading) {
        for engine in engines(of: reading) {
            var draft = Draft(
                id: ResourceID(reading.entry.kind.id, reader.scope.project, ""), engine: engine.name,
                reading: reading)
            _ = readSpec(&draft)
        }
    }
}

/// A resource whose spec is being read.
struct Draft {
    var id: ResourceID
    var engine: String
    var type: String?
    var reading: DocumentReading
    /// The mapping under `spec`.
    var spec: Node.Index = -1
    var variant: Library.Variant?
}

extension ReconcileOptions {
    /// Of the canonical value of `reconcile`.
    fileprivate init(_ value: Value) {
        self.init()
        onDrift = value["onDrift"]?.string.flatMap(OnDrift.init) ?? .correct
        ignore = value["ignore"]?.items.compactMap(\.string) ?? []
        onRemove = value["onRemove"]?.string.flatMap(OnRemove.init) ?? .delete
        switch value["adopt"] {
        case .bool(true): adopt = .inPlace
        case .string(let id): adopt = .importing(id)
        default: adopt = .no
        }
        movedFrom = value["movedFrom"]?.string.flatMap { ResourceID($0) }
        if let suspend = value["suspend"], let reason = suspend["reason"]?.string {
            self.suspend = Suspension(
                reason: reason, until: suspend["until"]?.string.flatMap(Formats.seconds))
        }
    }
}
