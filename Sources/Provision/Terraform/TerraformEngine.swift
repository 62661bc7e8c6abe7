import Cty
package import Model
package import ProviderPlugin

/// One configured Terraform provider: what its binary can make and read, driven over the plugin protocol. All that it
/// must remember of a resource is in the observation's state: see `TerraformState`.
package struct TerraformEngine: SecretEngine {
    package struct Configuration: Sendable {
        /// As the controller's configuration names it, and manifests refer to it.
        package var name: String
        /// The provider's address: `registry.terraform.io/hashicorp/aws`.
        package var source: String
        /// What the provider is configured with; asked anew whenever its process starts.
        package var settings: @Sendable () async throws(EngineError) -> Settings
        /// How many of its resources it is asked about at once.
        package var parallelism = 10
        /// Whether data sources may be read. Where not, what they give is known after the apply.
        package var readsData = true
        /// How long a step may take whose manifest gives its provider no time.
        package var stepLimit: Duration = .seconds(3 * 3600)
        /// How much longer than the provider's own limit, which is to come first.
        package var grace: Duration = .seconds(60)

        package init(
            name: String, source: String,
            settings: @escaping @Sendable () async throws(EngineError) -> Settings
        ) {
            (self.name, self.source, self.settings) = (name, source, settings)
        }
    }
    /// A provider's own configuration, as the controller's says it.
    package struct Settings: Sendable {
        /// A map, its secrets in clear.
        package var value: Value
        /// What of it nothing that the provider says may show.
        package var secrets: [String]
        package init(_ value: Value, secrets: [String] = []) { (self.value, self.secrets) = (value, secrets) }
    }
    /// Where the schemas of this very binary are kept, so that they need not be asked for each time.
    package struct KeptSchemas: Sendable {
        package var load: @Sendable () -> [UInt8]?
        package var save: @Sendable ([UInt8]) -> Void
        package init(load: @escaping @Sendable () -> [UInt8]?, save: @escaping @Sendable ([UInt8]) -> Void) {
            (self.load, self.save) = (load, save)
        }
        package static let nowhere = KeptSchemas(load: { nil }, save: { _ in })
    }

    let configuration: Configuration
    let key: FingerprintKey
    let connection: ProviderConnection
    /// Another engine of the same provider, with credentials that may read only; nobody where it has none.
    package var forPreviews: PreviewAccess

    /// `key` makes fingerprints: the same bytes for as long as the records last.
    package init(
        _ configuration: Configuration, launch: ProviderLaunch, key: [UInt8], schemas: KeptSchemas = .nowhere,
        reports: ProviderReports = ProviderReports()
    ) {
        self.configuration = configuration
        self.key = FingerprintKey(key)
        connection = ProviderConnection(configuration, launch: launch, kept: schemas, reports: reports)
        forPreviews = .none(
            EngineError(
                .waitForChange, "engine '\(configuration.name)' has no credentials for previews",
                hint: "give it 'preview' credentials that may read only, in the controller's configuration"))
    }

    /// The provider's process: to be stopped, and to be measured.
    package var process: ProviderProcess { connection.process }

    package func observe(_ targets: [Target]) async -> [ResourceID: Result<Observation, EngineError>] {
        await withTaskGroup(of: (ResourceID, Result<Observation, EngineError>).self) { group in
            let width = max(1, configuration.parallelism)
            for target in targets.prefix(width) {
                group.addTask { (target.id, await answer(about: target)) }
            }
            var rest = targets.dropFirst(width)
            var answers: [ResourceID: Result<Observation, EngineError>] = [:]
            for await (id, answer) in group {
                answers[id] = answer
                guard let target = rest.popFirst() else { continue }
                group.addTask { (target.id, await self.answer(about: target)) }
            }
            return answers
        }
    }
    private func answer(about target: Target) async -> Result<Observation, EngineError> {
        do throws(EngineError) { return .success(try await look(at: target)) } catch {
            return .failure(error)
        }
    }

    func client(about id: ResourceID) -> ProviderClient { connection.process.client.about(id.description) }

    /// Of a text that must not be shown.
    func fingerprint(_ text: String) -> String {
        guard case .hidden(let print) = key.fingerprint(text: text).value else { return "" }
        return print
    }
}
