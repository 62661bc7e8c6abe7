import Foundation
import Model
import Review
import Store

/// The state folder while no controller has it: what is recorded of infrastructure.
struct StateFolder {
    private let store: Store
    private let ledger: Ledger

    /// - Parameter whileRunning: what to do instead where a controller has it.
    init(_ options: ConfigurationOptions, command: String, whileRunning: String? = nil) throws {
        let configuration = try options.read()
        guard Store.exists(in: URL(filePath: configuration.state)) else {
            throw OperationError(404, "nothing is recorded in '\(configuration.state.escapedForDisplay)' yet")
        }
        do { store = try Controller.openStore(configuration, command: command).1 } catch let error
            as StoreError
        {
            guard case .inUse = error else { throw error }
            let other = whileRunning.map { ", or \($0)" } ?? ""
            throw OperationError(409, error.description, hint: "stop the controller first\(other)")
        }
        ledger = try store.ledger()
    }

    /// By its id, or by `kind/name` where that names one alone.
    func recorded(_ text: String) throws(OperationError) -> ResourceID {
        if let id = ResourceID(text), ledger.records[id] != nil { return id }
        let found = ledger.records.keys.filter { $0.description(in: $0.project) == text }.sorted()
        guard found.count <= 1 else {
            throw OperationError(
                409,
                "'\(text.escapedForDisplay)' could be any of \(found.map(\.description).joined(separator: ", "))",
                hint: "name it with its project")
        }
        guard let id = found.first else {
            throw OperationError(
                404, "no resource '\(text.escapedForDisplay)' is recorded",
                hint: "list them with 'martlet state list'")
        }
        return id
    }

    func table(source: String?) -> ResourceTable {
        let rows = ledger.records.filter { $0.key.kind == "infrastructure" }
            .filter { source == nil || $0.value.source == source }
            .map { id, record in
                ResourceTable.Row(
                    id, source: record.source, layer: record.layer, engine: record.engine,
                    type: record.type ?? "",
                    state: record.state, message: record.words)
            }
        return ResourceTable(
            rows, kind: "infrastructure", madeAt: Timestamp(milliseconds: currentMilliseconds()))
    }

    func report(_ id: ResourceID) throws -> ResourceReport {
        guard let record = ledger.records[id] else {
            throw OperationError(404, "no resource '\(id)' is recorded")
        }
        var report = ResourceReport(
            id, source: record.source, project: id.project, layer: record.layer, engine: record.engine,
            type: record.type ?? "", state: record.state,
            madeAt: Timestamp(milliseconds: currentMilliseconds()))
        report.message = record.words
        report.fields = NamedValue.values(of: record.observation.fields)
        report.outputs = NamedValue.values(of: record.observation.outputs)
        report.dependencies = record.dependencies.sorted().map { other in
            ResourceReport.Dependency(
                other, .reference, state: ledger.records[other]?.state ?? ReportedState.absent)
        }
        report.history = try store.history(resource: id, limit: 10).map { HistoryLine($0) }
        return report
    }

    func move(_ old: String, to new: String) throws -> Answer {
        let from = try changeable(old)
        guard let to = ResourceID(new, project: from.project), to.kind == from.kind else {
            throw OperationError(
                400, "'\(new.escapedForDisplay)' names no resource of kind '\(from.kind)'",
                hint: "write '\(from.kind)/PROJECT/NAME'")
        }
        guard ledger.records[to] == nil, ledger.unanswered[to] == nil else {
            throw OperationError(409, "\(to) is recorded already")
        }
        try append([.moved(from: from, to: to)], .moved, to, of: source(from), "it was \(from)")
        return Answer(
            message: "\(from) is \(to) from now on",
            hint:
                "declare it in git under that name before a controller runs: what is recorded and not declared is "
                + "deleted")
    }

    func remove(_ text: String) throws -> Answer {
        let id = try changeable(text)
        try append([.outcome(id, closes: nil, nil)], .forgot, id, of: source(id), "")
        return Answer(
            message: "\(id) is forgotten; what exists stays as it is",
            hint: "where git declares it still, another one is made by the next pass")
    }

    /// What became of its last step has to be known.
    private func changeable(_ text: String) throws(OperationError) -> ResourceID {
        let id = try recorded(text)
        guard ledger.unanswered[id] == nil else {
            throw OperationError(
                409, "\(id): it is not known what became of its last step",
                hint: "settle that first, with 'martlet settle' while the controller runs")
        }
        return id
    }

    private func source(_ id: ResourceID) -> String { ledger.records[id]?.source ?? "" }

    private func append(
        _ entries: [Entry], _ kind: HistoryEvent.Kind, _ id: ResourceID, of source: String, _ words: String
    ) throws {
        var event = HistoryEvent(
            kind, time: currentMilliseconds(), source: source, resource: id, message: words)
        event.person = NSUserName()
        try store.append(entries, history: [event], term: try store.takeOver())
    }
}

extension Recorded {
    fileprivate var state: ReportedState {
        switch observation.health {
        case .ready: .ready
        case .progressing: .inProgress
        case .failed: .failed
        }
    }
    fileprivate var words: String? {
        var parts: [String] = []
        switch observation.health {
        case .failed(let text), .progressing(let text): parts = text.isEmpty ? [] : [text]
        case .ready: break
        }
        if !deposed.isEmpty {
            parts.append(
                "\(deposed.count) replaced \(deposed.count == 1 ? "object is" : "objects are") still to be deleted"
            )
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
