import Manifests
import Model
import Reconcile
import Store
import Synchronization

/// Where the manifests of a report stand. Lines are not kept: what a report shows is noted while it is made, looked
/// up by reading those files again, and then the report is made once more.
final class Places: Sendable {
    private struct State {
        var asked: [Place: Manifest] = [:]
        var found: [Place: ManifestLocation] = [:]
    }
    private struct Place: Hashable {
        var id: ResourceID
        var field: FieldPath
    }
    private let state = Mutex(State())
    private let loader = Loader(
        kinds: allKinds, settings: SourceSettings(name: "", project: "", grants: Grants(projects: [])))

    var isIncomplete: Bool { state.withLock { !$0.asked.isEmpty } }

    /// Nil where it was not looked up yet. `field` begins at the document's root.
    @Sendable func place(of manifest: Manifest, _ field: FieldPath) -> ManifestLocation? {
        let place = Place(id: manifest.id, field: field)
        return state.withLock { state in
            if state.found[place] == nil { state.asked[place] = manifest }
            return state.found[place]
        }
    }

    /// Looks up what was asked for, in each source at the commit that is in force.
    func find(in files: [String: SourceFiles], commits: [String: String]) async {
        let asked = state.withLock { state in
            defer { state.asked = [:] }
            return state.asked
        }
        let byFile = Dictionary(grouping: asked) {
            ManifestFile(source: $0.value.source, name: $0.value.file)
        }
        for (file, asked) in byFile {
            guard let bytes = await files[file.source]?.read(file.name, at: commits[file.source] ?? "") else {
                continue
            }
            for (field, asked) in Dictionary(grouping: asked, by: \.key.field) {
                let places = bytes.withUnsafeBytes {
                    loader.places(of: field, documents: Set(asked.map(\.value.document)), in: $0)
                }
                for (place, manifest) in asked {
                    guard let found = places[manifest.document] else { continue }
                    let location = ManifestLocation(file: file.name, line: found.line, column: found.column)
                    state.withLock { $0.found[place] = location }
                }
            }
        }
    }

    private struct ManifestFile: Hashable {
        var source: String
        var name: String
    }
}

extension Picture {
    /// The commits in force, by source.
    var commits: [String: String] { sources.compactMapValues { $0.record?.commit } }
}

/// Makes a report of a picture that does not move, with its places.
func placed<Report>(
    _ files: [String: SourceFiles], _ commits: [String: String],
    _ make: (_ place: @escaping (Manifest, FieldPath) -> ManifestLocation?) throws -> Report
) async rethrows -> Report {
    let places = Places()
    let report = try make(places.place)
    guard places.isIncomplete else { return report }
    await places.find(in: files, commits: commits)
    return try make(places.place)
}
