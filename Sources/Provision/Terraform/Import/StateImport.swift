package import Model

/// What becomes of a state's objects: each goes to the manifest that asks for it, and what no manifest asks for is left
/// alone. A value: nothing is written by it.
package struct StateImport: Sendable {
    /// What is to be recorded.
    package private(set) var records: [ResourceID: Recorded] = [:]
    package private(set) var taken: [Taken] = []
    package private(set) var left: [Left] = []

    /// An object with the resource that it becomes.
    package struct Taken: Sendable, Hashable {
        package var address: String
        package var id: ResourceID
        package var type: String
        /// It is to be replaced, as Terraform would.
        package var isTainted: Bool
        /// How many replaced objects are to be deleted.
        package var deposed: Int
    }
    /// An object that stays as it is, and why.
    package struct Left: Sendable, Hashable {
        package var address: String
        package var reason: String
        package var hint: String?
    }
    /// What is known beside the file.
    package struct Place: Sendable {
        /// What the sources ask for.
        package var manifests: [ResourceID: Manifest]
        /// By the names of engines: the addresses of their providers.
        package var providers: [String: String]
        package var recorded: [ResourceID: Recorded]
        /// Addresses, with the resources that a person says they are.
        package var map: [String: ResourceID]

        package init(
            manifests: [ResourceID: Manifest], providers: [String: String], recorded: [ResourceID: Recorded],
            map: [String: ResourceID]
        ) {
            (self.manifests, self.providers) = (manifests, providers)
            (self.recorded, self.map) = (recorded, map)
        }
    }
    private struct Refusal: Error {
        var reason: String
        var hint: String?
    }

    package init(_ file: StateFile, into place: Place) {
        var byName: [Name: [Manifest]] = [:]
        for manifest in place.manifests.values
        where manifest.isObject && place.providers[manifest.engine] != nil {
            byName[Name(manifest), default: []].append(manifest)
        }
        var addresses: [ResourceID: String] = [:]
        var resources: [String: Set<ResourceID>] = [:]
        for object in file.objects {
            do throws(Refusal) {
                let manifest = try Self.manifest(for: object, place, byName)
                let record = try Self.record(of: object, manifest, place)
                if let other = addresses[manifest.id] {
                    throw Refusal(reason: "\(manifest.id) is \(other) already", hint: Self.mapHint(object))
                }
                resources[object.resource, default: []].insert(manifest.id)
                (addresses[manifest.id], records[manifest.id]) = (object.address, record)
                taken.append(
                    Taken(
                        address: object.address, id: manifest.id, type: object.type,
                        isTainted: object.state?.isTainted ?? false, deposed: object.deposed.count))
            } catch {
                left.append(Left(address: object.address, reason: error.reason, hint: error.hint))
            }
        }
        let ids = Dictionary(uniqueKeysWithValues: taken.map { ($0.address, $0.id) })
        for object in file.objects {
            guard let id = ids[object.address] else { continue }
            let others = object.dependencies.reduce(into: Set<ResourceID>()) {
                $0.formUnion(resources[$1] ?? [])
            }
            records[id]?.dependencies = others.subtracting([id])
        }
    }

    /// What a manifest and an object share where nobody says anything else.
    private struct Name: Hashable {
        var type: String?
        var name: String
        var key: String?
        init(_ manifest: Manifest) { (type, name, key) = (manifest.type, manifest.id.name, manifest.id.key) }
        init(_ object: StateFile.Object, name: String) {
            (type, self.name, key) = (object.type, name, object.key)
        }
    }

    private static func manifest(
        for object: StateFile.Object, _ place: Place, _ byName: [Name: [Manifest]]
    ) throws(Refusal) -> Manifest {
        if let id = place.map[object.address] {
            guard let manifest = place.manifests[id] else {
                throw Refusal(reason: "no manifest asks for \(id)", hint: nil)
            }
            return manifest
        }
        // What two modules call alike is not the same.
        let names = object.module.isEmpty ? Set([object.name, object.name.replacing("_", with: "-")]) : []
        let found = names.flatMap { byName[Name(object, name: $0)] ?? [] }
        guard found.count <= 1 else {
            let ids = found.map(\.id).sorted().map(\.description).joined(separator: ", ")
            throw Refusal(reason: "several manifests could be it: \(ids)", hint: mapHint(object))
        }
        guard let manifest = found.first else {
            throw Refusal(reason: "no manifest asks for it", hint: mapHint(object))
        }
        return manifest
    }

    private static func mapHint(_ object: StateFile.Object) -> String {
        "say which is it: --map '\(object.address)=infrastructure/PROJECT/NAME'"
    }

    /// Its fields are empty, so that the next pass looks at it, reads it and plans it, whatever it finds.
    private static func record(
        of object: StateFile.Object, _ manifest: Manifest, _ place: Place
    ) throws(Refusal) -> Recorded {
        if let problem = object.problem { throw Refusal(reason: problem, hint: nil) }
        guard let state = object.state else {
            throw Refusal(
                reason: "only what was replaced is left of it",
                hint: "let Terraform delete that first, with 'terraform apply'")
        }
        guard manifest.isObject, manifest.type == object.type else {
            throw Refusal(reason: "\(manifest.id) is no \(object.type)", hint: nil)
        }
        guard let provider = place.providers[manifest.engine] else {
            throw Refusal(
                reason:
                    "\(manifest.id) is made by engine '\(manifest.engine)', which is no Terraform provider",
                hint: nil)
        }
        guard provider == object.provider else {
            throw Refusal(
                reason:
                    "it is an object of \(object.provider), and engine '\(manifest.engine)' is \(provider)",
                hint: "'terraform state replace-provider' changes the state")
        }
        guard place.recorded[manifest.id] == nil else {
            throw Refusal(
                reason: "\(manifest.id) is recorded already",
                hint: "'martlet state rm \(manifest.id)' takes that away")
        }
        let seen = Observation(.ours, .progressing("taken over, and not looked at yet"), state: state.bytes)
        var record = Recorded(
            source: manifest.source, layer: manifest.layer, engine: manifest.engine, type: manifest.type,
            manifest: .literal(.null), spec: .null, dependencies: [], observation: seen, intent: 0,
            onRemove: manifest.options.onRemove)
        record.deposed = object.deposed.map { Observation(.ours, state: $0.bytes) }
        return record
    }
}

extension Manifest {
    /// Whether it asks for an object, and not for what a data source says.
    fileprivate var isObject: Bool {
        guard id.kind == Infrastructure.kind.id else { return false }
        return switch spec {
        case .literal(let value): value["data"] == nil
        case .map(let fields): fields["data"] == nil
        default: false
        }
    }
}
