import Model

extension PlannedResource {
    /// What it is and how it happens, beside its id.
    var detail: String {
        let words = [type == id.kind ? nil : type, note].compactMap(\.self).filter { !$0.isEmpty }
        return words.joined(separator: ", ").safeLines(atMost: 1).first ?? ""
    }
    /// The cause of all its fields where they have the same; nil where each says its own. What the engine computes
    /// follows from the whole.
    var commonCause: Cause? {
        let causes = Set(fields.map(\.cause))
        return causes.count > 1 ? nil : causes.first.flatMap { $0 == .engine ? nil : $0 } ?? cause
    }
    /// How it takes away what exists.
    var takingAway: String {
        switch (action, createsFirst) {
        case (.delete, _): "deleted"
        case (.replace, true): "replaced, the new one is made first"
        case (.replace, false): "replaced, the old one is deleted first"
        default: ""
        }
    }
}

extension Page {
    /// Grouped by layer, in the order they are applied.
    mutating func add(_ resources: [PlannedResource], in project: String) {
        let widest = style.width >= 100 ? 44 : 32
        let ids = resources.map { $0.id.named(in: project).columns }
        let column = 4 + (ids.filter { $0 <= widest }.max() ?? 0) + 3
        let layout = FieldLayout(
            paths: resources.filter { !$0.isOfProvider }.flatMap {
                $0.fields.filter { !$0.isMultiline }.map(\.path) + $0.names.map(\.path)
            })
        for layer in Layer.allCases {
            let group = resources.filter { $0.layer == layer }
            guard !group.isEmpty else { continue }
            blank()
            add(Line(Piece(layer.rawValue, .bold)))
            for resource in group { add(resource, in: project, column: column, layout) }
        }
    }

    mutating func add(
        _ resource: PlannedResource, in project: String, column: Int, _ layout: FieldLayout,
        glyph: Piece? = nil,
        tag: Piece? = nil
    ) {
        let loud = resource.isDestructive ? Tint.alarm : .bold
        var head = Line(
            glyph ?? Piece(resource.action.glyph, resource.action.tint), .gap,
            .id(resource.id.named(in: project), loud))
        let common = resource.commonCause ?? .commit
        let place = style.width >= 100 ? resource.place.map { "\($0.file):\($0.line)" } : nil
        if !resource.detail.isEmpty || place != nil {
            head = head.padded(to: max(column, head.columns + 2))
            head.append(Piece(resource.detail))
            if let place { head.append(.dim(resource.detail.isEmpty ? place : "  \(place)")) }
        }
        wrap(
            head, hanging: min(column, style.width / 2),
            tag: tag ?? (common == .commit ? nil : Piece(common.rawValue, .yellow)))
        if resource.isOfProvider {
            return addNested(resource.fields, names: resource.names, cause: common)
        }
        for name in resource.names { add(name, layout) }
        for field in resource.fields { add(field, layout.saying(common)) }
    }

    /// What exists and will not any more, once more where the eye rests last.
    mutating func addTakenAway(_ resources: [PlannedResource], in project: String) {
        let gone = resources.filter(\.isDestructive)
        guard !gone.isEmpty else { return }
        add(Line(Piece("this takes away what exists:", .alarm)))
        let column = 4 + (gone.map { $0.id.named(in: project).columns }.filter { $0 <= 32 }.max() ?? 0) + 3
        for resource in gone.prefix(20) {
            let head = Line(
                Piece(resource.action.glyph, .red), .gap, .id(resource.id.named(in: project), .alarm))
            let names = resource.names.map { "\($0.path) \($0.value.inline.shortened(to: 40))" }
            let what = [resource.type == resource.id.kind ? nil : resource.type].compactMap(\.self) + names
            let words = resource.takingAway + (what.isEmpty ? "" : ": " + what.joined(separator: ", "))
            wrap(
                Line(head.padded(to: max(column, head.columns + 2)).pieces + [Piece(words)]),
                hanging: min(column, style.width / 2))
        }
        if gone.count > 20 { add(Line("    ", Piece("and \(gone.count - 20) more"))) }
        blank()
    }
}
