package import Model

/// What apply would do, of one source.
package struct PlanReport: Report {
    package static let schema = "martlet/plan/v1"

    /// Nil where no controller runs.
    package var controller: String?
    package var source: String
    /// The source's own project: its resources are named without it.
    package var project: String
    package var commit: ReportedCommit?
    package var observedAt: Timestamp
    package var madeAt: Timestamp
    /// In the order they would be applied.
    package let resources: [PlannedResource]
    package let counts: ChangeCounts
    /// What is left as it is, and why.
    package var held: [HeldResource] = []
    /// Secrets whose version is another than the one recorded, though no manifest changed.
    package var movedSecrets: [MovedSecret] = []
    package var warnings: [Notice] = []
    /// The first 12 hex digits; nil where nothing is bound by a review.
    package var digest: String?
    /// Deletes that wait for a person, because they are more than the budget.
    package var deletes: HeldDeletes?
    /// Of this commit's manifests. With an error among them nothing is applied.
    package var problems: [Diagnostic] = []

    package init(
        source: String, project: String, commit: ReportedCommit?, observedAt: Timestamp, madeAt: Timestamp,
        resources: [PlannedResource]
    ) {
        (self.source, self.project, self.commit) = (source, project, commit)
        (self.observedAt, self.madeAt, self.resources) = (observedAt, madeAt, resources)
        counts = ChangeCounts(resources)
    }

    package var exitCode: ExitCode {
        if problems.contains(where: { $0.severity == .error }) { return .error }
        return resources.isEmpty && held.isEmpty ? .done : .changes
    }
}

/// A replacement counts once, as a replacement.
package struct ChangeCounts: Codable, Sendable, Equatable {
    package var create = 0
    package var change = 0
    package var replace = 0
    package var delete = 0
    /// Data sources that are read once what they refer to is known.
    package var read = 0
    /// How many of them differ because the world changed.
    package var drifted = 0

    package init(_ resources: [PlannedResource] = []) {
        for resource in resources {
            switch resource.action {
            case .create: create += 1
            case .update: change += 1
            case .replace: replace += 1
            case .delete: delete += 1
            case .read: read += 1
            }
            if resource.hasDrifted { drifted += 1 }
        }
    }
}

/// What apply would do to one resource.
package struct PlannedResource: Codable, Sendable, Equatable {
    package enum Action: String, Codable, Sendable, CaseIterable {
        case create, update, replace, delete, read
    }
    package var id: ResourceID
    package var layer: Layer
    package var engine: String
    /// In words: `aws_s3_bucket`, `host file`.
    package var type: String
    package var action: Action
    package var cause: Cause
    /// A replacement that makes the new one first.
    package var createsFirst = false
    /// Fields that did not change and tell this object from another, such as a bucket's name.
    package var names: [NamedValue] = []
    package var fields: [FieldReport] = []
    package var place: ManifestLocation?
    /// How it happens: `3 of 3 instances, one at a time`.
    package var note: String?

    package init(
        _ id: ResourceID, layer: Layer, engine: String, type: String, _ action: Action,
        cause: Cause = .commit, fields: [FieldReport] = [], note: String? = nil,
        place: ManifestLocation? = nil
    ) {
        (self.id, self.layer, self.engine, self.type) = (id, layer, engine, type)
        (self.action, self.cause, self.fields) = (action, cause, fields)
        (self.note, self.place) = (note, place)
    }

    package var hasDrifted: Bool {
        ([cause] + fields.map(\.cause)).contains { $0 == .drift || $0 == .both }
    }
    /// It takes something away that exists.
    package var isDestructive: Bool { action == .delete || action == .replace }
}

/// A secret whose version changed by itself.
package struct MovedSecret: Codable, Sendable, Equatable {
    package var id: ResourceID
    package var from: String
    package var to: String
    package init(_ id: ResourceID, from: String, to: String) {
        (self.id, self.from, self.to) = (id, from, to)
    }
}

/// Deletes above the budget; replacements count too.
package struct HeldDeletes: Codable, Sendable, Equatable {
    package var pending: Int
    package var budget: Int
    /// What a person confirms: the digest of exactly these deletes.
    package var digest: String
    package var ids: [ResourceID]
    package init(pending: Int, budget: Int, digest: String, ids: [ResourceID]) {
        (self.pending, self.budget, self.digest, self.ids) = (pending, budget, digest, ids)
    }
}

/// Something worth a word that is no failure.
package struct Notice: Codable, Sendable, Equatable {
    package var id: ResourceID?
    package var message: String
    package var hint: String?
    package init(_ message: String, of id: ResourceID? = nil, hint: String? = nil) {
        (self.id, self.message, self.hint) = (id, message, hint)
    }
}
