import Model

/// One file on its way from nodes to declarations.
struct FileReading {
    var reader: Reader
    let library: Library
    private(set) var declarations: [Declaration] = []

    private static let apiVersion = Name("apiVersion")
    private static let kind = Name("kind")

    init(_ reader: Reader, _ library: Library) { (self.reader, self.library) = (reader, library) }

    var settings: SourceSettings { library.settings }

    var file: ParsedFile {
        var file = ParsedFile()
        (file.declarations, file.problems) = (declarations, reader.problems)
        return file
    }

    mutating func read(_ root: Node.Index, document: Int) {
        let place = reader.tree[root].place
        guard reader.tree[root].kind == .mapping else {
            reader.problems.append(
                Problem(place, "a manifest is a map, found \(reader.found(root))", hint: Self.notOurs))
            return
        }
        guard isOurs(root), let entry = entry(root) else { return }
        reader.root = entry.kind.name
        reader.scope.project = settings.project
        let members = reader.match(root, to: entry.frame)
        defer { reader.release(members) }
        let reading = DocumentReading(
            entry, root, document, slots: (0..<members.count).map { reader.slot(members, $0) })
        guard let turns = turns(reading) else { return }
        let told = reader.problems.count
        for turn in turns {
            reader.scope.each = turn
            read(reading, key: turn?.key)
        }
        reader.scope.each = nil
        if turns.count > 1 && reader.problems.count > told + 1 {
            reader.problems[told...] = reader.problems[told...].map(\.self).uniqued[...]
        }
    }

    private static let notOurs = "name the file in .martletignore if it holds no manifests"

    private mutating func isOurs(_ root: Node.Index) -> Bool {
        guard let node = reader.tree.value(of: Self.apiVersion, in: root) else {
            reader.problems.append(
                Problem(reader.tree[root].place, "missing key 'apiVersion: martlet/v1'", hint: Self.notOurs))
            return false
        }
        let version = reader.tree[node].isScalar ? reader.tree.string(node) : ""
        if version == CommonFields.apiVersion { return true }
        let isNewer = version.hasPrefix("martlet/")
        reader.problems.append(
            Problem(
                reader.tree[node].place, "'apiVersion' is 'martlet/v1', found \(reader.found(node))",
                hint: isNewer ? nil : Self.notOurs))
        return false
    }

    private mutating func entry(_ root: Node.Index) -> Library.Entry? {
        guard let node = reader.tree.value(of: Self.kind, in: root), reader.tree[node].isScalar else {
            reader.problems.append(Problem(reader.tree[root].place, "missing key 'kind'"))
            return nil
        }
        let name = reader.tree.string(node)
        if let entry = library.entries[name] { return entry }
        let names = library.entries.keys.sorted()
        reader.problems.append(
            Problem(
                reader.tree[node].place, "unknown kind '\(name.escapedForDisplay)'",
                hint: Suggestion.hint(name, among: names) ?? "the kinds are \(names.joined(separator: ", "))")
        )
        return nil
    }

    /// The turns of `forEach`, one without a key where there is none; nil where it is wrong.
    private mutating func turns(_ reading: DocumentReading) -> [(key: String, value: Value)?]? {
        guard let key = reading.key(Library.Position.forEach), !reader.isNull(reader.tree[key].next) else {
            return [nil]
        }
        let (node, told) = (reader.tree[key].next, reader.problems.count)
        reader.path.append(.key(key))
        defer { reader.path.removeLast() }
        let result = reader.read(node, as: reading.entry.frame.members[Library.Position.forEach].shape)
        guard reader.problems.count == told, let value = result.value else { return nil }
        var turns: [(key: String, value: Value)] = value.fields.sorted { $0.key < $1.key }.map {
            ($0.key, $0.value)
        }
        for item in value.items {
            guard let text = item.string else {
                return refuse(node, "'forEach' takes a map, or a list of scalars")
            }
            turns.append((text, item))
        }
        if turns.count > settings.limits.expansions {
            return refuse(
                node,
                "'forEach' makes \(turns.count) resources, and at most \(settings.limits.expansions) are allowed"
            )
        }
        if let twice = Dictionary(grouping: turns, by: \.key).filter({ $0.value.count > 1 }).keys.min() {
            return refuse(node, "'forEach' holds '\(twice.escapedForDisplay)' twice")
        }
        if let bad = turns.first(where: { !$0.key.isKey }) {
            return refuse(
                node, "'forEach' holds the key '\(bad.key.escapedForDisplay)'",
                hint: "write keys of at most 128 characters, without brackets, quotes and control characters")
        }
        return turns
    }
    private mutating func refuse(
        _ node: Node.Index, _ message: String, hint: String? = nil
    ) -> [(key: String, value: Value)?]? {
        reader.problems.append(Problem(reader.tree[node].place, message, hint: hint))
        return nil
    }

    mutating func declare(_ declaration: Declaration) { declarations.append(declaration) }
}

/// One document, and the keys of its common fields by position, -1 where one is not written.
struct DocumentReading {
    let entry: Library.Entry
    let root: Node.Index
    let document: Int
    private let slots: [Node.Index]

    init(_ entry: Library.Entry, _ root: Node.Index, _ document: Int, slots: [Node.Index]) {
        (self.entry, self.root, self.document, self.slots) = (entry, root, document, slots)
    }
    func key(_ position: Int) -> Node.Index? { slots[position] < 0 ? nil : slots[position] }
}

extension String {
    /// Whether it can stand in the brackets of an id.
    fileprivate var isKey: Bool {
        (1...128).contains(unicodeScalars.count) && escapedForDisplay == self
            && !unicodeScalars.contains { $0 == "[" || $0 == "]" || $0 == "'" || $0 == "@" }
    }
}
