import Foundation
import Model

/// The values that one version of a job needs, kept in memory only: in files of a tmpfs that no one else can read.
struct SecretValues: Sendable {
    private let values: [SecretHandle: [UInt8]]

    /// For what needs none.
    init() { values = [:] }

    /// Reads each of them now, once.
    init(of spec: Value, _ secrets: SecretSource) async throws(EngineError) {
        var values: [SecretHandle: [UInt8]] = [:]
        for handle in spec.secrets where values[handle] == nil {
            guard let value = try await secrets.read(handle) else {
                throw EngineError(.retry, "secret \(handle.source) can't be read yet")
            }
            values[handle] = value.withBytes { $0 }
        }
        self.values = values
    }

    /// Nil where the bytes are none of these.
    init?(_ bytes: [UInt8]) {
        guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(bytes)) else { return nil }
        var values: [SecretHandle: [UInt8]] = [:]
        for entry in entries {
            guard case .secret(let handle) = entry.handle.value else { return nil }
            values[handle] = Array(entry.value)
        }
        self.values = values
    }
    var bytes: [UInt8] {
        let entries = values.map { Entry(handle: Coded(.secret($0.key)), value: Data($0.value)) }
        return (try? JSONEncoder().encode(entries)).map { Array($0) } ?? []
    }
    private struct Entry: Codable {
        var handle: Coded
        var value: Data
    }

    /// A text of the spec, joined: an instance's own ports and the secrets' values put in.
    func text(_ value: Value, ports: [String: Int]) throws(EngineError) -> [UInt8] {
        switch value {
        case .secret(let handle): return try self.value(of: handle)
        case .text(let parts):
            var bytes: [UInt8] = []
            for part in parts {
                switch part {
                case .literal(let text): bytes += Array(text.utf8)
                case .secret(let handle): bytes += try self.value(of: handle)
                case .local(let name):
                    guard name.hasPrefix("port."), let port = ports[String(name.dropFirst(5))] else {
                        throw EngineError(
                            .waitForChange, "'${\(name.escapedForDisplay)}' is no port of the task")
                    }
                    bytes += Array(String(port).utf8)
                case .unknown: throw EngineError(.retry, "the task is not wholly known yet")
                }
            }
            return bytes
        default: return Array((value.string ?? "").utf8)
        }
    }
    private func value(of handle: SecretHandle) throws(EngineError) -> [UInt8] {
        guard let value = values[handle] else {
            throw EngineError(.retry, "secret \(handle.source) is not at hand")
        }
        return value
    }
}
