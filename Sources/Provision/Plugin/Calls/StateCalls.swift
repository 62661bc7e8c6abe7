package struct UpgradeResourceStateRequest: Sendable, Hashable {
    package var typeName: String
    /// The schema's version that the state was written by.
    package var version: Int
    package var rawState: RawState

    package init(typeName: String, version: Int, rawState: RawState) {
        (self.typeName, self.version, self.rawState) = (typeName, version, rawState)
    }
}

package struct UpgradeResourceStateResponse: Sendable, Hashable {
    package var upgradedState = DynamicValue()
    package var diagnostics: [PluginDiagnostic] = []

    package init() {}
}

package struct UpgradeResourceIdentityRequest: Sendable, Hashable {
    package var typeName: String
    /// The identity schema's version that it was written by.
    package var version: Int
    package var rawIdentity: RawState

    package init(typeName: String, version: Int, rawIdentity: RawState) {
        (self.typeName, self.version, self.rawIdentity) = (typeName, version, rawIdentity)
    }
}

package struct UpgradeResourceIdentityResponse: Sendable, Hashable {
    package var upgradedIdentity: DynamicValue?
    package var diagnostics: [PluginDiagnostic] = []

    package init() {}
}

/// Exactly one of `id` and `identity` is set.
package struct ImportResourceStateRequest: Sendable, Hashable {
    package var typeName: String
    package var id: String
    package var identity: DynamicValue?

    package init(typeName: String, id: String = "", identity: DynamicValue? = nil) {
        (self.typeName, self.id, self.identity) = (typeName, id, identity)
    }
}

package struct ImportResourceStateResponse: Sendable, Hashable {
    package struct Imported: Sendable, Hashable {
        package var typeName = ""
        /// As little as is needed to read the rest.
        package var state = DynamicValue()
        package var privateBytes: [UInt8] = []
        package var identity: DynamicValue?

        package init() {}
    }
    /// Some providers import several objects for one id; the one of the asked type is the one that was meant.
    package var imported: [Imported] = []
    package var diagnostics: [PluginDiagnostic] = []
    package var deferred: DeferredReason?

    package init() {}
}

package struct MoveResourceStateRequest: Sendable, Hashable {
    /// `registry.terraform.io/hashicorp/aws`.
    package var sourceProviderAddress: String
    package var sourceTypeName: String
    package var sourceSchemaVersion: Int
    package var sourceState: RawState
    package var sourcePrivate: [UInt8] = []
    package var sourceIdentity: RawState?
    package var sourceIdentitySchemaVersion = 0
    package var targetTypeName: String

    package init(
        from provider: String, _ type: String, version: Int, state: RawState, to targetTypeName: String
    ) {
        (sourceProviderAddress, sourceTypeName, sourceSchemaVersion) = (provider, type, version)
        (sourceState, self.targetTypeName) = (state, targetTypeName)
    }
}

package struct MoveResourceStateResponse: Sendable, Hashable {
    package var targetState = DynamicValue()
    package var targetPrivate: [UInt8] = []
    package var targetIdentity: DynamicValue?
    package var diagnostics: [PluginDiagnostic] = []

    package init() {}
}
