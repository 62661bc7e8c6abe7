import Foundation
import Model
import Secure
import Server
import Store

/// The secrets that senders sign with, read again while they are used, so that a rotated one holds at once. Reading
/// blocks, and so has a thread of its own.
actor HookSecrets {
    /// How long what was read is taken as it is.
    private static let freshness = Duration.seconds(2)
    private typealias Reading = Result<[HookSecret], HookRefusal>

    private let queue = StoreQueue(label: "martlet.hooks")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }
    private let hooks: [String: Configuration.HookSettings]
    private let store: SealedStore?
    private var known: [String: (at: ContinuousClock.Instant, reading: Reading)] = [:]

    init(_ configuration: Configuration, _ engines: Engines) {
        hooks = configuration.hooks
        store = configuration.hookStore.flatMap { engines.sealed[$0] }
    }

    /// Those of a hook that can be read; where none can, why.
    func secrets(of name: String) -> Result<[HookSecret], HookRefusal> {
        let now = ContinuousClock.now
        if let known = known[name], now - known.at < Self.freshness { return known.reading }
        let reading = read(name)
        known[name] = (now, reading)
        return reading
    }

    private func read(_ name: String) -> Reading {
        guard let hook = hooks[name] else { return .failure(HookRefusal("no hook has this name")) }
        var secrets: [HookSecret] = []
        var causes: [String] = []
        for place in hook.secrets {
            do { secrets.append(try HookSecret(try text(place), for: hook.provider)) } catch {
                causes.append(cause(error))
            }
        }
        guard secrets.isEmpty else { return .success(secrets) }
        return .failure(HookRefusal("no secret can be used: \(causes.joined(separator: "; "))"))
    }

    private func text(_ place: Configuration.HookSecretPlace) throws -> String {
        switch place {
        case .own(let place): return try place.read()
        case .sealed(let path, let key):
            guard let store else { throw ConfigurationError("there is no one sealed store") }
            return try store.read(SecretPath(path), key: key).withBytes { bytes in
                String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
            }
        }
    }

    private func cause(_ error: any Error) -> String {
        switch error {
        case let error as ConfigurationError: error.problems.map(\.message).joined(separator: "; ")
        case let error as SealedError: error.message
        case let error as HookSecretError: error.description
        default: "it can't be read"
        }
    }
}
