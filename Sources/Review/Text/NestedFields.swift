import Model

/// A provider's fields as Terraform shows them: attributes first, then the blocks, each with what is in it.
struct NestedFields {
    /// With paths that go on from here.
    var attributes: [FieldReport] = []
    /// In the order in which they first appear.
    var blocks: [(name: String, fields: [FieldReport])] = []

    init(_ fields: [FieldReport]) {
        var places: [String: Int] = [:]
        for field in fields {
            let (head, rest) = field.path.splitPath
            var field = field
            guard !rest.isEmpty else {
                field.path = head
                attributes.append(field)
                continue
            }
            field.path = rest
            if let place = places[head] {
                blocks[place].fields.append(field)
            } else {
                places[head] = blocks.count
                blocks.append((head, [field]))
            }
        }
    }
}

extension String {
    /// The first part of a path, with the index behind it, and what comes after: `ebs[0].size` is `ebs[0]` and `size`.
    /// A name in brackets is a part of its own: `tags['a.b']` is `tags` and `"a.b"`.
    fileprivate var splitPath: (head: String, rest: String) {
        if hasPrefix("['"), let end = firstRange(of: "']") {
            let name = self[index(startIndex, offsetBy: 2)..<end.lowerBound]
            return ("\"\(name)\"", String(self[end.upperBound...]).withoutDot)
        }
        var place = startIndex
        while place < endIndex, self[place] != "." {
            let next = index(after: place)
            if self[place] == "[", next < endIndex, self[next] == "'" { break }
            place = next
        }
        return (String(self[..<place]), String(self[place...]).withoutDot)
    }
    private var withoutDot: String { hasPrefix(".") ? String(dropFirst()) : self }
}

extension PlannedResource {
    /// What a Terraform provider makes or reads: its types have an underscore, and nobody else's have.
    var isOfProvider: Bool { layer == .provision && type.contains("_") }
}

extension Page {
    /// Of parts of one JSON text.
    private static let mostParts = 60

    mutating func addNested(_ fields: [FieldReport], names: [NamedValue] = [], cause: Cause, indent: Int = 8)
    {
        // What a provider computes by itself is nobody's cause worth a word.
        let nested = NestedFields(
            fields.map { field in
                var field = field
                if field.cause == .engine { field.cause = cause }
                return field
            })
        let flat = nested.attributes.filter { !$0.isMultiline && $0.json == nil }.map(\.path)
        let layout = FieldLayout(
            paths: flat + names.map(\.path), cause: cause, indent: indent,
            widest: style.width >= 100 ? 40 : 30)
        for name in names { add(name, layout) }
        for field in nested.attributes {
            guard let parts = field.json else {
                add(field, layout)
                continue
            }
            guard !parts.isEmpty else {
                let head = Line(margin(indent), Piece("~", .yellow), .gap, .id(field.path))
                wrap(Line(head.pieces + ["  the same JSON, written differently"]), hanging: indent)
                continue
            }
            let shown = Array(parts.prefix(Self.mostParts))
            addBlock(
                "\(field.path) JSON", shown, mark: field.mark, tint: field.tint,
                tag: field.tag(besides: cause), cause: field.cause, indent: indent,
                more: parts.count - shown.count)
        }
        for block in nested.blocks {
            let marks = Set(block.fields.map(\.mark))
            let one = marks.count == 1 ? block.fields.first : nil
            addBlock(
                block.name, block.fields, mark: one?.mark ?? "~", tint: one?.tint ?? .yellow, tag: nil,
                cause: cause, indent: indent)
        }
    }

    private mutating func addBlock(
        _ name: String, _ fields: [FieldReport], mark: String, tint: Tint, tag: Piece?, cause: Cause,
        indent: Int, more: Int = 0
    ) {
        wrap(
            Line(margin(indent), Piece(mark, tint), .gap, .id(name), " {"), hanging: indent, tag: tag)
        addNested(fields, cause: cause, indent: indent + 4)
        let inner = Piece(String(repeating: " ", count: indent + 4))
        if more > 0 { add(Line(inner, .dim("… \(counted(more, "more difference"))"))) }
        add(Line(Piece(String(repeating: " ", count: indent)), "}"))
    }

    /// Up to the mark.
    private func margin(_ indent: Int) -> Piece { Piece(String(repeating: " ", count: indent - 2)) }
}
