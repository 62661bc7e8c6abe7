package import Model

/// A YAML file that is no manifest, such as the controller's configuration: one document, read as fields say.
package struct Document: Sendable {
    package let file: String
    /// Canonical, defaults filled in; nil where there are problems.
    package let value: Value?
    /// By place.
    package let problems: [Diagnostic]
    private let tree: Tree

    /// `named` is what messages call the whole: `unknown key 'sorces' in configuration`. `${…}` means nothing here.
    package init(
        _ bytes: UnsafeRawBufferPointer, file: String, fields: [Field], named name: String,
        limits: ReadingLimits = ReadingLimits()
    ) {
        let (tree, problem) = Tree.read(bytes, limits: limits)
        var reader = Reader(tree, root: name)
        var value: Value?
        if tree.roots.count > 1 {
            reader.problems.append(Problem(tree[tree.roots[1]].place, "a second document, where one is read"))
        }
        if let root = tree.roots.first {
            value = reader.read(root, as: Shape(.object(fields))).value
        } else if problem == nil {
            let empty = reader.graft(.map([:]), at: .start)
            value = reader.read(empty, as: Shape(.object(fields))).value
        }
        let all = reader.problems + (problem.map { [$0] } ?? [])
        (self.file, self.tree) = (file, tree)
        problems = all.map { $0.diagnostic(in: file) }.sortedByPlace
        self.value = all.isEmpty ? value : nil
    }
    package init(_ text: String, file: String, fields: [Field], named name: String) {
        var text = text
        self = text.withUTF8 { Document(UnsafeRawBufferPointer($0), file: file, fields: fields, named: name) }
    }

    /// Where a field stands; of the deepest one on the way where it is not written.
    package func location(of path: FieldPath) -> ManifestLocation {
        guard let root = tree.roots.first else { return ManifestLocation(file: file, .start) }
        return ManifestLocation(file: file, tree[tree.nearest(to: path, from: root)].place)
    }
    /// A problem with what a field says, found by whoever uses it.
    package func problem(_ path: FieldPath, _ message: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(at: location(of: path), message, hint: hint)
    }
}
