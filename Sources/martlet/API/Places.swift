import Manifests
import Model
import Reconcile
import Store
import Synchronization

/// Where the manifests of a report stand. Lines are not kept: what a report shows is noted while it is made, looked
/// up by reading those files again, and then the report is made once more.
final class Places: Sendable {
    private struct State {
        var asked: [ResourceID: Manifest] = [:]
        var found: [ResourceID: ManifestLocation] = [:]
    }
    private let state = Mutex(State())
    private let loader = Loader(
        kinds: allKinds, settings: SourceSettings(name: "", project: "", grants: Grants(projects: [])))

    var isIncomplete: Bool { state.withLock { !$0.asked.isEmpty } }

    /// Nil where it was not looked up yet.
    @Sendable func place(of manifest: Manifest) -> ManifestLocation? {
        state.withLock { state in
            if state.found[manifest.id] == nil { state.asked[manifest.id] = manifest }
            return state.found[manifest.id]
        }
    }

    /// Looks up what was asked for, in each source at the commit that is in force.
    func find(in files: [String: SourceFiles], commits: [String: String]) async {
        let asked = state.withLock { state in
            defer { state.asked = [:] }
            return state.asked.values
        }
        for (file, manifests) in Dictionary(
            grouping: asked, by: { ManifestFile(source: $0.source, name: $0.file) })
        {
            guard let bytes = await files[file.source]?.read(file.name, at: commits[file.source] ?? "") else {
                continue
            }
            let places = bytes.withUnsafeBytes {
                loader.places(of: FieldPath(), documents: Set(manifests.map(\.document)), in: $0)
            }
            for manifest in manifests {
                guard let place = places[manifest.document] else { continue }
                let location = ManifestLocation(file: file.name, line: place.line, column: place.column)
                state.withLock { $0.found[manifest.id] = location }
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
    _ make: (_ place: @escaping (Manifest) -> ManifestLocation?) throws -> Report
) async rethrows -> Report {
    let places = Places()
    let report = try make(places.place)
    guard places.isIncomplete else { return report }
    await places.find(in: files, commits: commits)
    return try make(places.place)
}
