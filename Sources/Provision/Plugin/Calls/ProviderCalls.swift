/// The names of everything a provider has.
package struct GetMetadataResponse: Sendable, Hashable {
    package var capabilities = ServerCapabilities()
    package var diagnostics: [PluginDiagnostic] = []
    package var resources: [String] = []
    package var dataSources: [String] = []

    package init() {}
}

package struct GetProviderSchemaResponse: Sendable, Hashable {
    /// The whole answer as it came, several MiB for a large provider: `GetProviderSchema.Response` of the
    /// protocol's definition.
    package var bytes: [UInt8]
    package var capabilities = ServerCapabilities()
    package var diagnostics: [PluginDiagnostic] = []

    package init(bytes: [UInt8]) { self.bytes = bytes }
}

package struct ConfigureProviderRequest: Sendable, Hashable {
    package var config: DynamicValue
    /// What the provider takes us for: some refuse a version that they find too old.
    package var terraformVersion: String

    package init(config: DynamicValue, terraformVersion: String = "1.11.4") {
        (self.config, self.terraformVersion) = (config, terraformVersion)
    }
}

/// The answer of a call that only checks.
package struct DiagnosticsResponse: Sendable, Hashable {
    package var diagnostics: [PluginDiagnostic] = []

    package init() {}
}

package struct ResourceIdentitySchema: Sendable, Hashable {
    package struct Attribute: Sendable, Hashable {
        package var name = ""
        /// The type as JSON: `"string"`, `["list","string"]`.
        package var type: [UInt8] = []
        package var requiredForImport = false

        package init() {}
    }
    package var version = 0
    package var attributes: [Attribute] = []

    package init() {}
}

package struct GetResourceIdentitySchemasResponse: Sendable, Hashable {
    package var schemas: [String: ResourceIdentitySchema] = [:]
    package var diagnostics: [PluginDiagnostic] = []

    package init() {}
}
