/// A call of the protocol. Versions 5 and 6 differ in its name only.
enum ProviderCall: String, Sendable, CaseIterable {
    case getMetadata = "GetMetadata"
    case getProviderSchema = "GetProviderSchema"
    case getResourceIdentitySchemas = "GetResourceIdentitySchemas"
    case validateProviderConfig = "ValidateProviderConfig"
    case configureProvider = "ConfigureProvider"
    case validateResourceConfig = "ValidateResourceConfig"
    case validateDataResourceConfig = "ValidateDataResourceConfig"
    case upgradeResourceState = "UpgradeResourceState"
    case upgradeResourceIdentity = "UpgradeResourceIdentity"
    case readResource = "ReadResource"
    case planResourceChange = "PlanResourceChange"
    case applyResourceChange = "ApplyResourceChange"
    case importResourceState = "ImportResourceState"
    case moveResourceState = "MoveResourceState"
    case readDataSource = "ReadDataSource"
    case stopProvider = "StopProvider"

    /// As HTTP/2's path. `version` is 5 or 6.
    func path(version: Int) -> String {
        "/tfplugin\(version).Provider/\(version == 5 ? nameInVersion5 : rawValue)"
    }

    private var nameInVersion5: String {
        switch self {
        case .getProviderSchema: "GetSchema"
        case .validateProviderConfig: "PrepareProviderConfig"
        case .configureProvider: "Configure"
        case .validateResourceConfig: "ValidateResourceTypeConfig"
        case .validateDataResourceConfig: "ValidateDataSourceConfig"
        case .stopProvider: "Stop"
        default: rawValue
        }
    }

    /// An apply that is broken off leaves something half made: it is asked to stop, and waited for.
    var isCancellable: Bool { self != .applyResourceChange }
}

/// How long each call may take; nil for as long as it takes. An apply always takes as long as it takes: providers have
/// time limits of their own for the objects that they wait for.
package struct CallLimits: Sendable, Hashable {
    /// Schemas and names, validation, upgrades: what touches no server.
    package var local: Duration? = .seconds(120)
    package var configure: Duration? = .seconds(300)
    /// Reads, plans, imports.
    package var read: Duration? = .seconds(1200)
    /// The largest message of either kind, in bytes.
    package var message = 64 << 20

    package init() {}

    func limit(of call: ProviderCall) -> Duration? {
        switch call {
        case .getMetadata, .getProviderSchema, .getResourceIdentitySchemas, .validateResourceConfig,
            .validateDataResourceConfig, .upgradeResourceState, .upgradeResourceIdentity,
            .moveResourceState, .stopProvider:
            local
        case .validateProviderConfig, .configureProvider: configure
        case .readResource, .planResourceChange, .importResourceState, .readDataSource: read
        case .applyResourceChange: nil
        }
    }
}
