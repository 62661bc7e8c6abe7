import Fixtures
import Foundation
import Model

@testable import Store

/// A state directory with its key.
struct Workplace {
    let folder: TemporaryFolder
    let key = StoreKey.random()
    var directory: URL { folder.url.appending(path: "state") }
    var database: URL { directory.appending(path: "state.db") }
    /// As errors name them.
    var directoryPath: String { directory.path(percentEncoded: false) }
    var databasePath: String { database.path(percentEncoded: false) }

    init() throws { folder = try TemporaryFolder() }

    static let holder = Holder(pid: 123, command: "martlet serve", host: "here", since: 1_795_269_731)

    func open() throws -> Store { try Store.open(directory: directory, key: key, holder: Self.holder) }

    /// Opens, writes as a new term, and closes.
    func write(_ entries: [Entry], history: [HistoryEvent] = [], outbox: [OutboxMessage] = []) throws {
        let store = try open()
        defer { store.close() }
        try store.append(entries, history: history, outbox: outbox, term: try store.takeOver())
    }

    func ledger() throws -> Ledger {
        let store = try open()
        defer { store.close() }
        return try store.ledger()
    }

    var bytes: Data { get throws { try Data(contentsOf: database) } }
}

extension Recorded {
    /// A small one.
    static func sample(_ text: String = "hello", state: [UInt8] = []) -> Recorded {
        let spec = Value.map(["content": .string(text)])
        return Recorded(
            source: "shop", layer: .provision, engine: "host", type: "file", manifest: .literal(spec),
            spec: spec,
            dependencies: [], observation: Observation(.ours, fields: spec, state: state), intent: 1,
            onRemove: .delete)
    }
}

extension Step {
    static func sample(_ intent: Int, _ name: String = "web", payload: [UInt8] = []) -> Step {
        Step(
            intent: intent, id: .file(name), engine: "host", type: "file", verb: .create,
            desired: .map(["content": .string("hello")]), over: .absent, payload: payload,
            grants: Grants(projects: ["shop"]), manifest: nil)
    }
}

extension ResourceID {
    static func file(_ name: String) -> ResourceID { ResourceID("infrastructure", "shop", name) }
}

extension OutboxMessage {
    static func sample(_ id: String, key: String? = nil, at time: Int = 0, target: String = "chat")
        -> OutboxMessage
    {
        OutboxMessage(
            id: id, target: target, eventType: "commit.converged", body: Array("{}".utf8), created: time,
            orderKey: key)
    }
}

extension Store {
    func enqueue(_ messages: [OutboxMessage]) throws {
        try append([], outbox: messages, term: try takeOver())
    }
    func addHistory(_ events: [HistoryEvent]) throws {
        try append([], history: events, term: try takeOver())
    }
}
