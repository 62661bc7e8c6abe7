package struct ReadResourceRequest: Sendable, Hashable {
    package var typeName: String
    package var currentState: DynamicValue
    package var privateBytes: [UInt8] = []
    package var currentIdentity: DynamicValue?

    package init(typeName: String, currentState: DynamicValue) {
        (self.typeName, self.currentState) = (typeName, currentState)
    }
}

package struct ReadResourceResponse: Sendable, Hashable {
    /// Null where the object is gone.
    package var newState = DynamicValue()
    package var privateBytes: [UInt8] = []
    package var diagnostics: [PluginDiagnostic] = []
    package var deferred: DeferredReason?
    package var newIdentity: DynamicValue?

    package init() {}
}

package struct PlanResourceChangeRequest: Sendable, Hashable {
    package var typeName: String
    package var priorState: DynamicValue
    package var proposedNewState: DynamicValue
    package var config: DynamicValue
    package var priorPrivate: [UInt8] = []
    package var priorIdentity: DynamicValue?

    package init(
        typeName: String, priorState: DynamicValue, proposedNewState: DynamicValue, config: DynamicValue
    ) {
        (self.typeName, self.priorState) = (typeName, priorState)
        (self.proposedNewState, self.config) = (proposedNewState, config)
    }
}

package struct PlanResourceChangeResponse: Sendable, Hashable {
    package var plannedState = DynamicValue()
    /// A change of any of these can only be made by a new object.
    package var requiresReplace: [AttributePath] = []
    package var plannedPrivate: [UInt8] = []
    package var diagnostics: [PluginDiagnostic] = []
    /// The provider comes from the time before exact types: what it plans may differ from its configuration.
    package var legacyTypeSystem = false
    package var deferred: DeferredReason?
    package var plannedIdentity: DynamicValue?

    package init() {}
}

package struct ApplyResourceChangeRequest: Sendable, Hashable {
    package var typeName: String
    package var priorState: DynamicValue
    package var plannedState: DynamicValue
    package var config: DynamicValue
    package var plannedPrivate: [UInt8] = []
    package var plannedIdentity: DynamicValue?

    package init(
        typeName: String, priorState: DynamicValue, plannedState: DynamicValue, config: DynamicValue
    ) {
        (self.typeName, self.priorState) = (typeName, priorState)
        (self.plannedState, self.config) = (plannedState, config)
    }
}

package struct ApplyResourceChangeResponse: Sendable, Hashable {
    /// What exists now, also where diagnostics say that the rest has failed.
    package var newState = DynamicValue()
    package var privateBytes: [UInt8] = []
    package var diagnostics: [PluginDiagnostic] = []
    package var legacyTypeSystem = false
    package var newIdentity: DynamicValue?

    package init() {}
}

package struct ReadDataSourceRequest: Sendable, Hashable {
    package var typeName: String
    package var config: DynamicValue

    package init(typeName: String, config: DynamicValue) {
        (self.typeName, self.config) = (typeName, config)
    }
}

package struct ReadDataSourceResponse: Sendable, Hashable {
    package var state = DynamicValue()
    package var diagnostics: [PluginDiagnostic] = []
    package var deferred: DeferredReason?

    package init() {}
}
