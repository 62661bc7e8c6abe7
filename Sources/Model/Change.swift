/// Why a field differs.
package enum Cause: String, Sendable, Codable, CaseIterable {
    /// The manifest changed.
    case commit
    /// What the manifest says of it is as it was, an output that this refers to is not.
    case dependency
    /// The world changed.
    case drift
    /// The manifest and the world changed.
    case both
    /// Neither did: the engine computes it.
    case engine

    /// Whether a review binds it, and the plan's digest covers it.
    package var isReviewed: Bool { self == .commit || self == .both || self == .dependency }
}

/// One field's difference. Made only by `Target.field`, so that its cause is always the three-way comparison.
package struct FieldChange: Hashable, Sendable {
    package let path: FieldPath
    package let before: Value
    package let after: Value
    package let cause: Cause
    /// It can't be changed in place.
    package let replaces: Bool

    fileprivate init(_ path: FieldPath, _ before: Value, _ after: Value, _ cause: Cause, replaces: Bool) {
        (self.path, self.before, self.after, self.cause, self.replaces) = (
            path, before, after, cause, replaces
        )
    }
}

/// What apply would do to one resource.
package struct Change: Hashable, Sendable {
    package enum Action: String, Sendable, Codable, CaseIterable { case create, update, replace, delete }
    package var action: Action
    package var fields: [FieldChange]
    /// Why all of it happens, where no field says so: a create or delete.
    package var cause: Cause
    /// As far as they can be known before, so that dependants can be planned.
    package var outputs: Value
    /// What apply must be given back: a provider's planned state, an index to compare and set.
    package var payload: [UInt8]
    /// Replaced by making the new one first.
    package var createsFirst = false
    /// What the engine says of it though nothing keeps it from being done, a line each: `config.acl: is deprecated`.
    package var warnings: [String] = []

    package init(
        _ action: Action, _ fields: [FieldChange] = [], cause: Cause, outputs: Value = .unknown,
        payload: [UInt8] = []
    ) {
        (self.action, self.fields, self.cause) = (action, fields, cause)
        (self.outputs, self.payload) = (outputs, payload)
    }

    /// It takes something away that exists.
    package var destroys: Bool { action == .delete || action == .replace }

    /// What a review binds of it, and with it a plan's digest: what git asks for; of a replacement that mends drift,
    /// all. Nil where it binds nothing: what only mends drift in place, or the engine computes, is nobody's wish.
    package var boundFields: [FieldChange]? {
        let reviewed = fields.filter(\.cause.isReviewed)
        if !reviewed.isEmpty { return reviewed }
        let isBound = destroys || cause.isReviewed && (fields.isEmpty || !isDriftOnly)
        return isBound ? fields : nil
    }

    /// Whether everything in it mends drift.
    package var isDriftOnly: Bool {
        fields.isEmpty
            ? cause == .drift
            : fields.allSatisfy { $0.cause == .drift || $0.cause == .engine }
                && fields.contains { $0.cause == .drift }
    }
}

extension Target {
    /// A field's difference with its cause: desired against recorded is `commit` (or `dependency`), observed
    /// against recorded is `drift`. `path` is asked of the specs and of the observed fields alike. What was not to count
    /// until now is asked for anew, also where git says of it what was recorded.
    package func field(
        _ path: FieldPath, _ before: Value, _ after: Value, over observation: Observation,
        replaces: Bool = false, isAskedAnew: Bool = false
    ) -> FieldChange {
        let cause = cause(of: path, over: observation, isAskedAnew: isAskedAnew)
        return FieldChange(path, before, after, cause, replaces: replaces)
    }

    private func cause(of path: FieldPath, over observation: Observation, isAskedAnew: Bool) -> Cause {
        let isCommitted = desired?[path] != recorded?.spec[path]
        let hasDrifted = recorded.map { $0.observation.fields[path] != observation.fields[path] } ?? false
        if isAskedAnew { return hasDrifted ? .both : .commit }
        if !isCommitted { return hasDrifted ? .drift : .engine }
        if followsOnly || isSaidAsRecorded(path) { return .dependency }
        return hasDrifted ? .both : .commit
    }
    /// Whether git says of a place just what it said when that was recorded, whatever it says of others.
    private func isSaidAsRecorded(_ path: FieldPath) -> Bool {
        guard let said = manifest?[path] else { return false }
        return said == recorded?.manifest[path]
    }

    /// Why a whole object is made or taken away.
    package func cause(over observation: Observation) -> Cause {
        guard let recorded, desired != nil else { return .commit }
        let hasDrifted = observation.presence != recorded.observation.presence
        if desired == recorded.spec { return hasDrifted ? .drift : .engine }
        if followsOnly { return .dependency }
        return hasDrifted ? .both : .commit
    }
}

extension Value {
    /// What stands at a path; nil where nothing does.
    package subscript(path: FieldPath) -> Value? {
        var value = self
        for component in path.components {
            switch (component, value) {
            case (.key(let key), .map(let fields)):
                guard let field = fields[key] else { return nil }
                value = field
            case (.index(let index), .list(let items)) where items.indices.contains(index):
                value = items[index]
            default: return nil
            }
        }
        return value
    }
}
