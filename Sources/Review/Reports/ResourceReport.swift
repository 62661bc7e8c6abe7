package import Model

/// One resource, whole: `martlet get ID`.
package struct ResourceReport: Report {
    package static let schema = "martlet/resource/v1"

    package var id: ResourceID
    package var source: String
    package var project: String
    package var layer: Layer
    package var engine: String
    package var type: String
    package var place: ManifestLocation?
    package var commit: ReportedCommit?
    package var state: ReportedState
    /// What the engine says of it.
    package var message: String?
    package var since: Timestamp?
    package var warning: String?
    package var held: HeldResource?
    /// As git says, with references resolved.
    package var fields: [NamedValue] = []
    /// What exists and differs: from what exists to what git says.
    package var differences: [FieldReport] = []
    package var outputs: [NamedValue] = []
    package var dependencies: [Dependency] = []
    package var dependants: [Dependency] = []
    /// The last changes, newest first.
    package var history: [HistoryLine] = []
    package var madeAt: Timestamp

    package struct Dependency: Codable, Sendable, Equatable {
        package enum How: String, Codable, Sendable { case reference, dependsOn, both }
        package var id: ResourceID
        package var how: How
        package var state: ReportedState
        package init(_ id: ResourceID, _ how: How, state: ReportedState) {
            (self.id, self.how, self.state) = (id, how, state)
        }
    }

    package init(
        _ id: ResourceID, source: String, project: String, layer: Layer, engine: String, type: String,
        state: ReportedState, madeAt: Timestamp
    ) {
        (self.id, self.source, self.project, self.layer) = (id, source, project, layer)
        (self.engine, self.type, self.state, self.madeAt) = (engine, type, state, madeAt)
    }
    package var exitCode: ExitCode { .done }
}

package enum ReportedState: String, Codable, Sendable, CaseIterable {
    case ready, inProgress, failed, waiting, suspended, uncertain, drifted, absent
    /// Not looked at yet.
    case unknown

    /// As it is said.
    var words: String { self == .inProgress ? "in progress" : rawValue }
}

/// All resources, or those of a kind: `martlet get [KIND]`.
package struct ResourceTable: Report {
    package static let schema = "martlet/resources/v1"

    package var resources: [Row]
    /// What was asked for; nil for all.
    package var kind: String?
    /// Of the reader: its resources are named without it.
    package var project: String?
    package var madeAt: Timestamp

    package struct Row: Codable, Sendable, Equatable {
        package var id: ResourceID
        package var source: String
        package var layer: Layer
        package var engine: String
        package var type: String
        package var state: ReportedState
        package var message: String?
        package var changedAt: Timestamp?
        package init(
            _ id: ResourceID, source: String, layer: Layer, engine: String, type: String,
            state: ReportedState, message: String? = nil, changedAt: Timestamp? = nil
        ) {
            (self.id, self.source, self.layer, self.engine) = (id, source, layer, engine)
            (self.type, self.state, self.message, self.changedAt) = (type, state, message, changedAt)
        }
    }
    package init(_ resources: [Row], kind: String? = nil, project: String? = nil, madeAt: Timestamp) {
        (self.resources, self.kind, self.project, self.madeAt) = (resources, kind, project, madeAt)
    }
    package var exitCode: ExitCode { .done }
}
