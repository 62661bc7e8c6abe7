/// Who may import whom: the design's list of modules, from the top down. A module that is not here may not exist.
enum ImportTable {
    static let layer: Set = ["Probe", "HTTPClient", "ChildProcess", "Model"]

    /// What each module may import of ours.
    static let ours: [String: Set<String>] = [
        "martlet": [
            "Server", "Review", "Reconcile", "Provision", "ProviderPackages", "ProviderPlugin", "Secure",
            "Connect", "Run",
            "Manifests", "Repository", "Store", "Probe", "HTTPClient", "ChildProcess", "Model",
        ],
        "martlet-demo": ["HTTPClient", "ChildProcess"], "martlet-shim": [],
        "Server": ["Review", "Reconcile", "Store", "Model"],
        "Review": ["Reconcile", "Store", "HTTPClient", "Model"],
        "Reconcile": ["Manifests", "Repository", "Store", "Model"],
        "Provision": layer.union(["CHost", "Cty", "ProviderPlugin"]), "Cty": ["Model"],
        "ProviderPackages": ["CZlib", "HTTPClient", "Model"], "ProviderPlugin": ["ChildProcess"],
        "Secure": layer, "Connect": layer, "Run": layer,
        "Probe": ["HTTPClient", "Model"],
        "Manifests": ["CYAML", "Model"],
        "Repository": ["CGit2", "ChildProcess", "Model"],
        "Store": ["Model"],
        "HTTPClient": ["CCurl"],
        "ChildProcess": ["CChildProcess"],
        "Model": [],
        "CGit2": [], "CYAML": [], "CZlib": [], "CCurl": [], "CChildProcess": [], "CHost": [],
    ]

    /// The folders below `Sources` that are modules of their own, though they lie in another's.
    static let nested = [
        "Provision/Cty": "Cty", "Provision/Packages": "ProviderPackages",
        "Provision/Plugin": "ProviderPlugin",
    ]

    /// What comes with the toolchain, and any module but `Model` may import.
    static let system: Set = ["Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"]

    /// The modules that a product of another package brings.
    static let products: [String: Set<String>] = [
        "ArgumentParser": ["ArgumentParser"],
        "Crypto": ["Crypto"],
        "CryptoExtras": ["CryptoExtras"],
        "GRDB": ["GRDB"],
        "HTTPTypes": ["HTTPTypes"],
        "Hummingbird": ["Hummingbird"],
        "HummingbirdCore": ["HummingbirdCore"],
        "Logging": ["Logging"],
        "Metrics": ["CoreMetrics", "Metrics"],
        "Mustache": ["Mustache"],
        "NIOCore": ["NIOCore"],
        "NIOEmbedded": ["NIOEmbedded"],
        "NIOHPACK": ["NIOHPACK"],
        "NIOHTTP2": ["NIOHTTP2"],
        "NIOPosix": ["NIOPosix"],
        "NIOSSL": ["NIOSSL"],
        "ServiceLifecycle": ["ServiceLifecycle"],
        "UnixSignals": ["UnixSignals"],
    ]

    /// Products with one home: a module of ours stands between them and the rest.
    static let homes: [String: Set<String>] = [
        "ArgumentParser": ["martlet", "martlet-demo"], "CryptoExtras": ["Repository"], "GRDB": ["Store"],
        "Mustache": ["Review"], "NIOSSL": ["Server", "ProviderPlugin"],
        "NIOHPACK": ["ProviderPlugin"], "NIOHTTP2": ["ProviderPlugin"], "NIOEmbedded": [],
        "NIOPosix": ["ProviderPlugin"],
        "UnixSignals": ["martlet", "martlet-demo"],
        "HTTPTypes": web, "Hummingbird": web, "HummingbirdCore": web,
        "NIOCore": web.union(["ProviderPlugin"]),
    ]
    private static let web: Set = ["Server", "martlet-demo"]
}
