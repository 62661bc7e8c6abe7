extension UpgradeResourceStateResponse: Diagnosed {}
extension UpgradeResourceIdentityResponse: Diagnosed {}
extension ImportResourceStateResponse: Diagnosed {}
extension MoveResourceStateResponse: Diagnosed {}

extension ProviderClient {
    package func upgradeResourceState(
        _ request: UpgradeResourceStateRequest
    ) async throws(PluginError) -> UpgradeResourceStateResponse {
        try await ask(.upgradeResourceState, request.typeName, into: UpgradeResourceStateResponse()) {
            $0.add(1, request.typeName)
            $0.add(2, request.version)
            $0.add(3, request.rawState)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.upgradedState = try field.dynamicValue()
            case 2: answer.diagnostics.append(try field.diagnostic())
            default: break
            }
        }
    }

    package func upgradeResourceIdentity(
        _ request: UpgradeResourceIdentityRequest
    ) async throws(PluginError) -> UpgradeResourceIdentityResponse {
        try await ask(.upgradeResourceIdentity, request.typeName, into: UpgradeResourceIdentityResponse()) {
            $0.add(1, request.typeName)
            $0.add(2, request.version)
            $0.add(3, request.rawIdentity)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.upgradedIdentity = try field.identity()
            case 2: answer.diagnostics.append(try field.diagnostic())
            default: break
            }
        }
    }

    package func importResourceState(
        _ request: ImportResourceStateRequest
    ) async throws(PluginError) -> ImportResourceStateResponse {
        try await ask(.importResourceState, request.typeName, into: ImportResourceStateResponse()) {
            $0.add(1, request.typeName)
            $0.add(2, request.id)
            $0.add(3, capabilities)
            $0.add(4, identity: request.identity)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.imported.append(try field.imported())
            case 2: answer.diagnostics.append(try field.diagnostic())
            case 3: answer.deferred = try field.deferredReason()
            default: break
            }
        }
    }

    package func moveResourceState(
        _ request: MoveResourceStateRequest
    ) async throws(PluginError) -> MoveResourceStateResponse {
        try await ask(.moveResourceState, request.targetTypeName, into: MoveResourceStateResponse()) {
            $0.add(1, request.sourceProviderAddress)
            $0.add(2, request.sourceTypeName)
            $0.add(3, request.sourceSchemaVersion)
            $0.add(4, request.sourceState)
            $0.add(5, request.targetTypeName)
            $0.add(6, request.sourcePrivate)
            $0.add(7, request.sourceIdentity)
            $0.add(8, request.sourceIdentitySchemaVersion)
        } read: { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.targetState = try field.dynamicValue()
            case 2: answer.diagnostics.append(try field.diagnostic())
            case 3: answer.targetPrivate = try field.bytes()
            case 4: answer.targetIdentity = try field.identity()
            default: break
            }
        }
    }
}

extension WireReader.Field {
    fileprivate func imported() throws(WireError) -> ImportResourceStateResponse.Imported {
        var found = ImportResourceStateResponse.Imported()
        try each { field throws(WireError) in
            switch field.number {
            case 1: found.typeName = try field.text()
            case 2: found.state = try field.dynamicValue()
            case 3: found.privateBytes = try field.bytes()
            case 4: found.identity = try field.identity()
            default: break
            }
        }
        return found
    }
}
