package import Model

/// Reads the manifests of a source: YAML in, desired resources and problems out, one file at a time.
package struct Loader: Sendable {
    let library: Library

    package init(kinds: [Kind], settings: SourceSettings) {
        library = Library(kinds, settings)
    }

    package var settings: SourceSettings { library.settings }

    /// Pure: the same bytes give the same result, whatever the path. What a manifest refers to is looked at by
    /// `Catalog`. The bytes are not kept.
    package func parse(_ bytes: UnsafeRawBufferPointer) -> ParsedFile {
        let (tree, problem) = Tree.read(bytes, limits: library.settings.limits)
        var reading = FileReading(Reader(tree, scope: library.scope), library)
        for (number, root) in tree.roots.enumerated() { reading.read(root, document: number) }
        var file = reading.file
        if let problem { file.problems.append(problem) }
        if file.problems.count > 1 { file.problems.sort { $0.place < $1.place } }
        return file
    }
    package func parse(_ text: String) -> ParsedFile {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    /// Where a field of these documents' manifests stands, found by reading the file again, once; `path` begins at a
    /// document's root. The deepest field on the way where it does not stand there, such as a default. None of a
    /// document that is not there.
    package func places(
        of path: FieldPath, documents: Set<Int>, in bytes: UnsafeRawBufferPointer
    ) -> [Int: (line: Int, column: Int)] {
        let (tree, _) = Tree.read(bytes, limits: settings.limits)
        var places: [Int: (line: Int, column: Int)] = [:]
        for document in documents where tree.roots.indices.contains(document) {
            let place = tree[tree.nearest(to: path, from: tree.roots[document])].place
            places[document] = (Int(place.line), Int(place.column))
        }
        return places
    }
}
