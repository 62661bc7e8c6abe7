package import Model

/// What a file holds, whatever its path: keep it by the blob's id.
package struct ParsedFile: Sendable {
    /// One per resource, in the order of the file.
    var declarations: [Declaration] = []
    var problems: [Problem] = []

    package var isEmpty: Bool { declarations.isEmpty && problems.isEmpty }
    package var count: Int { declarations.count }

    /// The file's resources; what they refer to was not looked at.
    package func manifests(in file: String) -> [Manifest] {
        declarations.filter(\.isWhole).map { $0.manifest(in: file) }
    }
    package func diagnostics(in file: String) -> [Diagnostic] { problems.map { $0.diagnostic(in: file) } }

    /// A file that could not be read at all, such as one that is too large.
    package init(refused message: String, hint: String? = nil) {
        problems = [Problem(.start, message, hint: hint)]
    }
    init() {}
}

/// A resource as one document asks for it. A class, so that a source's many are passed on by one reference each.
final class Declaration: Sendable {
    /// Its `file` is empty here, and its spec where it is not whole.
    let manifest: Manifest
    /// False where it has problems: then it only stands for its id, so that these are not told of others too.
    let isWhole: Bool
    /// Where its name stands.
    let place: Place
    /// Where its document begins.
    let line: Int32
    /// The resources that it names.
    let uses: [Use]
    /// What others may refer to, where this manifest decides; nil where its kind does, or only the engine knows.
    let outputs: [String]?

    init(_ manifest: Manifest, isWhole: Bool, place: Place, line: Int32, uses: [Use], outputs: [String]?) {
        (self.manifest, self.isWhole, self.place, self.line) = (manifest, isWhole, place, line)
        (self.uses, self.outputs) = (uses, outputs)
    }

    func manifest(in file: String) -> Manifest {
        var manifest = manifest
        manifest.file = file
        return manifest
    }
}
