extension ReadResourceResponse: Diagnosed {}
extension PlanResourceChangeResponse: Diagnosed {}
extension ApplyResourceChangeResponse: Diagnosed {}
extension ReadDataSourceResponse: Diagnosed {}

extension ProviderClient {
    package func readResource(
        _ request: ReadResourceRequest
    ) async throws(PluginError) -> ReadResourceResponse {
        try await ask(.readResource, request.typeName, into: ReadResourceResponse()) {
            $0.add(1, request.typeName)
            $0.add(2, request.currentState)
            $0.add(3, request.privateBytes)
            $0.add(5, capabilities)
            $0.add(6, identity: request.currentIdentity)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.newState = try field.dynamicValue()
            case 2: answer.diagnostics.append(try field.diagnostic())
            case 3: answer.privateBytes = try field.bytes()
            case 4: answer.deferred = try field.deferredReason()
            case 5: answer.newIdentity = try field.identity()
            default: break
            }
        }
    }

    package func planResourceChange(
        _ request: PlanResourceChangeRequest
    ) async throws(PluginError) -> PlanResourceChangeResponse {
        try await ask(.planResourceChange, request.typeName, into: PlanResourceChangeResponse()) {
            $0.add(1, request.typeName)
            $0.add(2, request.priorState)
            $0.add(3, request.proposedNewState)
            $0.add(4, request.config)
            $0.add(5, request.priorPrivate)
            $0.add(7, capabilities)
            $0.add(8, identity: request.priorIdentity)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.plannedState = try field.dynamicValue()
            case 2: answer.requiresReplace.append(try field.attributePath())
            case 3: answer.plannedPrivate = try field.bytes()
            case 4: answer.diagnostics.append(try field.diagnostic())
            case 5: answer.legacyTypeSystem = try field.flag()
            case 6: answer.deferred = try field.deferredReason()
            case 7: answer.plannedIdentity = try field.identity()
            default: break
            }
        }
    }

    /// Is never broken off: a cancelled task waits for the answer all the same. After `limit` the provider is asked to
    /// stop, with all else that its process does, and the process is ended.
    package func applyResourceChange(
        _ request: ApplyResourceChangeRequest, within limit: Duration? = nil
    ) async throws(PluginError) -> ApplyResourceChangeResponse {
        try await within(limit).ask(
            .applyResourceChange, request.typeName, into: ApplyResourceChangeResponse()
        ) {
            $0.add(1, request.typeName)
            $0.add(2, request.priorState)
            $0.add(3, request.plannedState)
            $0.add(4, request.config)
            $0.add(5, request.plannedPrivate)
            $0.add(7, identity: request.plannedIdentity)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.newState = try field.dynamicValue()
            case 2: answer.privateBytes = try field.bytes()
            case 3: answer.diagnostics.append(try field.diagnostic())
            case 4: answer.legacyTypeSystem = try field.flag()
            case 5: answer.newIdentity = try field.identity()
            default: break
            }
        }
    }

    package func readDataSource(
        _ request: ReadDataSourceRequest
    ) async throws(PluginError) -> ReadDataSourceResponse {
        try await ask(.readDataSource, request.typeName, into: ReadDataSourceResponse()) {
            $0.add(1, request.typeName)
            $0.add(2, request.config)
            $0.add(4, capabilities)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.state = try field.dynamicValue()
            case 2: answer.diagnostics.append(try field.diagnostic())
            case 3: answer.deferred = try field.deferredReason()
            default: break
            }
        }
    }
}
