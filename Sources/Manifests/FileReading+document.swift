import Model

extension FileReading {
    /// One turn: every part of the document is read, so that all problems are told, and a resource is declared only
    /// where there are none.
    mutating func read(_ reading: DocumentReading, key: String?) {
        let told = reader.problems.count
        reader.uses = []
        reader.scope.takesReferences = false
        reader.scope.project = settings.project
        let metadata = metadata(of: reading)
        let project = metadata.project ?? settings.project
        reader.scope.project = project
        _ = member(Library.Position.dependsOn, of: reading)
        retag(from: 0, as: .dependsOn)
        let dependencies = Set(reader.uses.map(\.id))
        let options = options(of: reading)
        let common = reader.uses
        guard let name = metadata.name else {
            readSpecAlone(reading)
            return
        }
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
                dependsOn: dependencies, labels: metadata.labels, options: options, document: reading.document
            )
            if reader.problems.count == told { check(manifest, draft) }
            let isWhole = reader.problems.count == told
            declare(
                Declaration(
                    manifest, isWhole: isWhole, place: namePlace(reading),
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

    /// What is written under `metadata`. Nobody keeps annotations, so they are only checked.
    private mutating func metadata(of reading: DocumentReading) -> Metadata {
        let shape = reading.entry.frame.members[Library.Position.metadata].shape
        guard let key = reading.key(Library.Position.metadata), case .object(let object) = shape.form,
            case let node = reader.tree.target(reader.tree[key].next), reader.tree[node].kind == .mapping
        else { return Metadata(member(Library.Position.metadata, of: reading)?.value ?? .null) }
        reader.path.append(.key(key))
        defer { reader.path.removeLast() }
        let members = reader.match(node, to: object)
        defer { reader.release(members) }
        func read(_ position: Int) -> Reader.Result? {
            reader.read(object.members[position], at: reader.slot(members, position), in: node)
        }
        var metadata = Metadata()
        metadata.name = read(Library.MetadataPosition.name)?.value?.string
        metadata.project = read(Library.MetadataPosition.project)?.value?.string
        let labels = reader.slot(members, Library.MetadataPosition.labels)
        if reader.holdsPlainTexts(labels) {
            metadata.labels = reader.texts(labels)
        } else {
            metadata.labels = read(Library.MetadataPosition.labels)?.value?.stringMap ?? [:]
        }
        if !reader.holdsPlainTexts(reader.slot(members, Library.MetadataPosition.annotations)) {
            _ = read(Library.MetadataPosition.annotations)
        }
        return metadata
    }

    /// What is written under `reconcile`; the resource that it was moved from becomes a use.
    private mutating func options(of reading: DocumentReading) -> ReconcileOptions {
        let shape = reading.entry.frame.members[Library.Position.reconcile].shape
        guard let key = reading.key(Library.Position.reconcile), case .object(let object) = shape.form else {
            return ReconcileOptions()
        }
        let (node, before) = (reader.tree.target(reader.tree[key].next), reader.uses.count)
        defer { retag(from: before, as: .movedFrom) }
        guard reader.tree[node].kind == .mapping else {
            let value = member(Library.Position.reconcile, of: reading)?.value
            let options = ReconcileOptions { value?[object.members[$0].name.text] }
            checkGrants(of: options, in: node)
            return options
        }
        reader.path.append(.key(key))
        defer { reader.path.removeLast() }
        let members = reader.match(node, to: object)
        defer { reader.release(members) }
        let options = ReconcileOptions { position in
            reader.read(object.members[position], at: reader.slot(members, position), in: node)?.value
        }
        checkGrants(of: options, in: node)
        return options
    }
    private mutating func checkGrants(of options: ReconcileOptions, in node: Node.Index) {
        if settings.grants.mayAdopt { return }
        for (name, isUsed) in [("adopt", options.adopt != .no), ("movedFrom", options.movedFrom != nil)]
        where isUsed {
            let place = reader.tree[reader.tree.value(of: Name(name), in: node) ?? node].place
            reader.problems.append(
                Problem(
                    place, "'\(name)' is not granted to source '\(settings.name)'",
                    hint: Self.grantHint(option: "--allow-adopt")))
        }
    }
    static let grantHint = "the controller's configuration grants it"
    /// Of what a local plan's options grant as well.
    static func grantHint(option: String) -> String { "\(grantHint), for a local folder \(option) does" }

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

/// What of `metadata` makes the resource.
private struct Metadata {
    var name: String?
    var project: String?
    var labels: [String: String] = [:]

    init() {}
    init(_ value: Value) {
        (name, project) = (value["name"]?.string, value["project"]?.string)
        labels = value["labels"]?.stringMap ?? [:]
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
    /// `read` gives each field of `reconcile` by its position, canonical.
    fileprivate init(_ read: (Int) -> Value?) {
        typealias Position = Library.ReconcilePosition
        self.init()
        onDrift = read(Position.onDrift)?.string.flatMap(OnDrift.init) ?? .correct
        ignore = read(Position.ignore)?.items.compactMap(\.string) ?? []
        onRemove = read(Position.onRemove)?.string.flatMap(OnRemove.init) ?? .delete
        switch read(Position.adopt) {
        case .bool(true): adopt = .inPlace
        case .string(let id): adopt = .importing(id)
        default: adopt = .no
        }
        movedFrom = read(Position.movedFrom)?.string.flatMap { ResourceID($0) }
        if let suspend = read(Position.suspend), let reason = suspend["reason"]?.string {
            self.suspend = Suspension(
                reason: reason, until: suspend["until"]?.string.flatMap(Formats.seconds))
        }
    }
}
