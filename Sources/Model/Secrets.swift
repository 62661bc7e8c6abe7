/// Where a secret is: an output of a resource, be it a reference into a store or a provider's sensitive attribute.
package struct SecretHandle: Hashable, Sendable {
    package var source: ResourceID
    package var output: String
    /// The store's version, or a keyed fingerprint where the store has none.
    package var version: String
    /// Where its store has it, so that two secrets of one version are not taken for one; empty where `source` says it all.
    package var place: String
    /// Reading it makes a credential that must be revoked.
    package var isLeased: Bool

    package init(
        _ source: ResourceID, _ output: String, version: String, place: String = "", isLeased: Bool = false
    ) {
        (self.source, self.output, self.version, self.isLeased) = (source, output, version, isLeased)
        self.place = place
    }
}

extension SecretHandle: CustomStringConvertible {
    package var description: String { "(secret, version \(version.escapedForDisplay))" }
}

/// A secret's value, in the one type that may hold it: no description, not copyable.
package struct SecretValue: ~Copyable, Sendable {
    private let bytes: [UInt8]
    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
    package borrowing func withBytes<T>(_ body: ([UInt8]) throws -> T) rethrows -> T { try body(bytes) }
}

/// How an engine gets a value at the last moment. The loop makes one for each plan and each step.
package struct SecretSource: Sendable {
    /// Nil while planning for a leased secret: planning takes no lease, so plan it as unknown.
    package let read: @Sendable (SecretHandle) async throws(EngineError) -> SecretValue?

    package init(_ read: @escaping @Sendable (SecretHandle) async throws(EngineError) -> SecretValue?) {
        self.read = read
    }
    /// Gives nobody any value: what depends on one is planned as unknown.
    package static let withheld = SecretSource { _ throws(EngineError) in nil }
    /// For what needs no secret; asking it is an error.
    package static let none = SecretSource { handle throws(EngineError) in
        throw EngineError(.waitForChange, "no secret may be read here")
    }
}

/// A credential made for one step. Its name is ours, and journaled before it is asked for.
package struct Lease: Hashable, Sendable {
    package var engine: String
    package var handle: SecretHandle
    package var consumer: ResourceID
    package var intent: Int
    package var name: String { "\(intent):\(handle.source):\(handle.output)" }

    package init(engine: String, handle: SecretHandle, consumer: ResourceID, intent: Int) {
        (self.engine, self.handle, self.consumer, self.intent) = (engine, handle, consumer, intent)
    }
}
