/// A value on its way to or from a provider, encoded by the schema that both sides know. This module reads neither
/// form.
package struct DynamicValue: Sendable, Hashable {
    /// What we send, and what nearly every provider answers.
    package var msgpack: [UInt8]
    /// What a provider may answer instead; empty where `msgpack` is set.
    package var json: [UInt8]

    package init(msgpack: [UInt8] = [], json: [UInt8] = []) {
        (self.msgpack, self.json) = (msgpack, json)
    }

    /// Nothing at all, which stands for null.
    package var isEmpty: Bool { msgpack.isEmpty && json.isEmpty }
}

/// A state as it was once written down, which the provider upgrades to its present schema.
package struct RawState: Sendable, Hashable {
    /// JSON by a schema of the version that goes with it. (Terraform 0.11 and older wrote another form.)
    package var json: [UInt8]

    package init(json: [UInt8]) { self.json = json }
}
