extension GetMetadataResponse: Diagnosed {}
extension GetProviderSchemaResponse: Diagnosed {}
extension DiagnosticsResponse: Diagnosed {}
extension GetResourceIdentitySchemasResponse: Diagnosed {}

extension ProviderClient {
    /// Throws `.unsupported` where the provider is older than this call.
    package func getMetadata() async throws(PluginError) -> GetMetadataResponse {
        try await ask(.getMetadata, into: GetMetadataResponse()) { answer, field throws(WireError) in
            switch field.number {
            case 1: answer.capabilities = try field.serverCapabilities()
            case 2: answer.diagnostics.append(try field.diagnostic())
            case 3: answer.dataSources.append(try field.name())
            case 4: answer.resources.append(try field.name())
            default: break
            }
        }
    }

    /// The schemas are left as they came.
    package func getProviderSchema() async throws(PluginError) -> GetProviderSchemaResponse {
        let bytes = try await exchange(.getProviderSchema, "")
        let start = GetProviderSchemaResponse(bytes: bytes)
        return try decode(.getProviderSchema, "", bytes, into: start) { answer, field throws(WireError) in
            switch field.number {
            case 4: answer.diagnostics.append(try field.diagnostic())
            case 6: answer.capabilities = try field.serverCapabilities()
            default: break
            }
        }
    }

    /// Throws `.unsupported` where the provider is older than this call: it has no identities then.
    package func getResourceIdentitySchemas() async throws(PluginError) -> GetResourceIdentitySchemasResponse
    {
        let start = GetResourceIdentitySchemasResponse()
        return try await ask(.getResourceIdentitySchemas, into: start) { answer, field throws(WireError) in
            switch field.number {
            case 1:
                let (name, schema) = try field.identitySchemaEntry()
                answer.schemas[name] = schema
            case 2: answer.diagnostics.append(try field.diagnostic())
            default: break
            }
        }
    }

    /// What protocol 5 makes of the configuration is passed over, as Terraform does.
    package func validateProviderConfig(
        _ config: DynamicValue
    ) async throws(PluginError) -> DiagnosticsResponse {
        try await ask(.validateProviderConfig, into: DiagnosticsResponse()) {
            $0.add(1, config)
        } read: { answer, field throws(WireError) in
            if field.number == 2 { answer.diagnostics.append(try field.diagnostic()) }
        }
    }

    package func configureProvider(
        _ request: ConfigureProviderRequest
    ) async throws(PluginError) -> DiagnosticsResponse {
        try await ask(.configureProvider, into: DiagnosticsResponse()) {
            $0.add(1, request.terraformVersion)
            $0.add(2, request.config)
            $0.add(3, capabilities)
        } read: { answer, field throws(WireError) in
            if field.number == 1 { answer.diagnostics.append(try field.diagnostic()) }
        }
    }

    package func validateResourceConfig(
        typeName: String, config: DynamicValue
    ) async throws(PluginError) -> DiagnosticsResponse {
        try await ask(.validateResourceConfig, typeName, into: DiagnosticsResponse()) {
            $0.add(1, typeName)
            $0.add(2, config)
            $0.add(3, capabilities)
        } read: { answer, field throws(WireError) in
            if field.number == 1 { answer.diagnostics.append(try field.diagnostic()) }
        }
    }

    package func validateDataResourceConfig(
        typeName: String, config: DynamicValue
    ) async throws(PluginError) -> DiagnosticsResponse {
        try await ask(.validateDataResourceConfig, typeName, into: DiagnosticsResponse()) {
            $0.add(1, typeName)
            $0.add(2, config)
        } read: { answer, field throws(WireError) in
            if field.number == 1 { answer.diagnostics.append(try field.diagnostic()) }
        }
    }
}
