package import Model

/// One field's difference as it is shown.
package struct FieldReport: Codable, Sendable, Equatable {
    /// `task.files[0].path`
    package var path: String
    /// Nil where there was nothing.
    package var before: DisplayValue?
    /// Nil where there will be nothing.
    package var after: DisplayValue?
    package var cause: Cause
    /// It can't be changed in place.
    package var replaces: Bool
    /// The differences inside, where both sides are JSON; empty where it is only written differently.
    package var json: [FieldReport]?

    package init(
        _ path: String, _ before: DisplayValue?, _ after: DisplayValue?, cause: Cause = .commit,
        replaces: Bool = false
    ) {
        (self.path, self.before, self.after) = (path, before, after)
        (self.cause, self.replaces) = (cause, replaces)
    }
}

/// A field that is as it is: shown to tell one object from another, or by `get`.
package struct NamedValue: Codable, Sendable, Equatable {
    package var path: String
    package var value: DisplayValue
    package init(_ path: String, _ value: DisplayValue) { (self.path, self.value) = (path, value) }
}

extension FieldReport {
    /// A map that comes or goes as a whole is shown field by field: people read leaves.
    /// - Parameter readsJSON: whether texts of JSON are compared part by part.
    package static func fields(of change: FieldChange, readsJSON: Bool = false) -> [FieldReport] {
        switch (change.before, change.after) {
        case (.null, let after):
            return change.path.leaves(of: after).map { FieldReport($0, .null, $1, of: change, readsJSON) }
        case (let before, .null):
            return change.path.leaves(of: before).map { FieldReport($0, $1, .null, of: change, readsJSON) }
        case (let before, let after): return [FieldReport(change.path, before, after, of: change, readsJSON)]
        }
    }

    private init(
        _ path: FieldPath, _ before: Value, _ after: Value, of change: FieldChange, _ readsJSON: Bool
    ) {
        var (shownBefore, shownAfter) = (DisplayValue(of: before), DisplayValue(of: after))
        if shownBefore?.kind == .lines || shownAfter?.kind == .lines {
            (shownBefore, shownAfter) = (DisplayValue(lines: before), DisplayValue(lines: after))
        }
        self.init(
            path.description.safeForDisplay, shownBefore, shownAfter, cause: change.cause,
            replaces: change.replaces)
        if readsJSON { json = JSONDifference.fields(before, after, of: change) }
    }
}

extension NamedValue {
    /// The leaves of a spec or of outputs, in the order of their paths.
    package static func values(of value: Value) -> [NamedValue] {
        FieldPath().leaves(of: value).compactMap { path, leaf in
            DisplayValue(of: leaf).map { NamedValue(path.description.safeForDisplay, $0) }
        }
    }
}

extension FieldPath {
    /// What holds no further field worth a line of its own: a list of scalars is a leaf, an empty map is one too, and so
    /// are blocks of which nothing is known yet.
    fileprivate func leaves(of value: Value) -> [(FieldPath, Value)] {
        switch value {
        case .map(let fields) where !fields.isEmpty:
            fields.sorted { $0.key < $1.key }.flatMap { appending($0.key).leaves(of: $0.value) }
        case .list(let items) where items.contains { !$0.fields.isEmpty || !$0.items.isEmpty }:
            value.isWhollyUnknown
                ? [(self, .unknown)]
                : items.enumerated().flatMap { appending($0.offset).leaves(of: $0.element) }
        default: [(self, value)]
        }
    }
}

extension Value {
    fileprivate var isWhollyUnknown: Bool {
        switch self {
        case .unknown: true
        case .list(let items): !items.isEmpty && items.allSatisfy(\.isWhollyUnknown)
        case .map(let fields): !fields.isEmpty && fields.values.allSatisfy(\.isWhollyUnknown)
        default: false
        }
    }
}
