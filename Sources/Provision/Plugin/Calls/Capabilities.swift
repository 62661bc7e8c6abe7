/// What a provider says it can do.
package struct ServerCapabilities: Sendable, Hashable {
    /// It wants to plan a destroy too; without it a destroy is applied unplanned.
    package var planDestroy = false
    /// A schema that was kept serves: it need not be asked for after each start.
    package var getProviderSchemaOptional = false
    package var moveResourceState = false

    package init() {}
}

/// What we say that we understand.
package struct ClientCapabilities: Sendable, Hashable {
    package var deferralAllowed: Bool
    package var writeOnlyAttributesAllowed: Bool

    package init(deferralAllowed: Bool = true, writeOnlyAttributesAllowed: Bool = true) {
        (self.deferralAllowed, self.writeOnlyAttributesAllowed) = (
            deferralAllowed, writeOnlyAttributesAllowed
        )
    }
}

/// Why a provider puts a resource off until something else is known.
package enum DeferredReason: Sendable, Hashable {
    case unknown, resourceConfigUnknown, providerConfigUnknown, absentPrerequisite
}
