// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"), .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")

/// Small and on its own: it stands beside every instance of a job, and outlives upgrades of the libraries. The
/// sanitizers have no static form.
let alone: [LinkerSetting] =
    Context.environment["SANITIZE"] == nil
    ? [.unsafeFlags(["-static-executable", "-nostartfiles", "-Xlinker", "--strip-debug"])] : []

/// A module and its tests. What a module may import of ours is held to `Tests/StructureTests`. A layer may be several
/// modules: each then has a folder within the layer's, which leaves it out.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], tests: [Target.Dependency] = [],
    excluding: [String] = [], at path: String? = nil, within: [String] = []
) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies, path: path, exclude: within, swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name), "Fixtures"] + dependencies + tests,
            exclude: excluding, swiftSettings: settings),
    ]
}

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1",
            traits: ["FullFoundation"]),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CChildProcess"),
        .target(name: "CHost"),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Server", "Review", "Reconcile", "Provision", "ProviderPackages", "ProviderPlugin", "Secure",
                "Connect", "Run",
                "Manifests", "Repository", "Store", "Probe", "HTTPClient", "ChildProcess", "Model",
                argumentParser, crypto, lifecycle, logging, metrics, signals,
            ],
            resources: ["pre-receive", "post-receive", "pre-commit"].map {
                .embedInCode("GitHooks/scripts/\($0)")
            },
            swiftSettings: settings),
        .executableTarget(
            name: "martlet-shim", cSettings: [.unsafeFlags(["-Os", "-Wall", "-Wextra", "-Werror"])],
            linkerSettings: alone),
        .executableTarget(
            name: "martlet-demo",
            dependencies: [
                "HTTPClient", "ChildProcess", argumentParser, crypto, httpTypes, hummingbird, logging, nio,
                signals,
            ],
            swiftSettings: settings),
        .target(name: "Fixtures", dependencies: ["Model"], path: "Tests/Fixtures", swiftSettings: settings),
        .target(
            name: "Fakes",
            dependencies: [
                "ChildProcess", "Fixtures", "ProviderPackages", httpTypes, hummingbird, logging, nio,
            ],
            path: "Tests/Fakes",
            swiftSettings: settings),
        .testTarget(name: "StructureTests", dependencies: [], swiftSettings: settings),
        .testTarget(
            name: "martletTests",
            dependencies: [
                "martlet", "ChildProcess", "HTTPClient", "Manifests", "ProviderPackages", "Reconcile",
                "Repository", "Review",
                "Run",
                "Server", "Store", "Model",
                "Fakes", "Fixtures", argumentParser, logging,
            ],
            exclude: ["Golden", "Previews/Golden"], swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "martlet", "ChildProcess", "HTTPClient", "Review", "Secure", "Store", "Model", "Fixtures",
                "Fakes", crypto, grdb, hummingbird, logging, nio,
            ],
            swiftSettings: settings),
    ]
        + [
            module("Model"),
            module("ChildProcess", ["CChildProcess"]),
            module("HTTPClient", ["CCurl"], tests: ["Fakes", hummingbird, logging, nio]),
            module("Store", ["Model", crypto, grdb]),
            module(
                "Repository", ["CGit2", "ChildProcess", "Model", crypto, cryptoExtras], tests: ["martlet"]),
            module(
                "Manifests", ["CYAML", "Model"], tests: ["Provision", "Secure", "Connect", "Run"],
                excluding: ["Golden"]),
            module(
                "Provision", ["CHost", "Cty", "ProviderPlugin", "Model", crypto],
                tests: ["ChildProcess", "Fakes", "Manifests", "ProviderPackages", "Reconcile", "Store"],
                within: ["Cty", "Packages", "Plugin"]),
            module("Cty", ["Model"], at: "Sources/Provision/Cty"),
            module(
                "ProviderPackages", ["CZlib", "HTTPClient", "Model", crypto], tests: ["ChildProcess"],
                at: "Sources/Provision/Packages"),
            module(
                "ProviderPlugin", ["ChildProcess", nio, nioPosix, nioHTTP2, nioHPACK, nioSSL],
                tests: ["Fakes", nioEmbedded],
                excluding: ["plugin.py"], at: "Sources/Provision/Plugin"),
            module("Secure", ["Model", crypto]),
            module("Probe", ["HTTPClient", "Model"], tests: ["ChildProcess"]),
            module("Connect", ["Probe", "HTTPClient", "Model"], tests: ["Manifests"]),
            module(
                "Run", ["Probe", "ChildProcess", "Model", crypto],
                tests: ["Manifests", "Reconcile", "Repository", "Store", "martlet-shim"]),
            module(
                "Reconcile",
                ["Manifests", "Repository", "Store", "Model", crypto, logging, metrics]),
            module(
                "Review",
                ["Reconcile", "HTTPClient", "Store", "Model", crypto, lifecycle, logging, mustache],
                tests: ["Fakes"], excluding: ["Golden"]),
            module(
                "Server",
                [
                    "Review", "Reconcile", "Store", "Model", crypto, httpTypes, hummingbird,
                    hummingbirdCore, lifecycle, logging, metrics, nio, nioSSL,
                ],
                tests: ["HTTPClient"]),
        ].flatMap(\.self)
)

// `make fuzz`: martlet becomes a library, so that the readers in it can be given any bytes; no other program is built.
if let archive = Context.environment["FUZZ"],
    let program = package.targets.first(where: { $0.name == "martlet" })
{
    let watched: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]
    package.products = []
    package.targets.removeAll { $0.isTest || $0.type == .executable }
    for target in package.targets where target.type == .regular && target.swiftSettings != nil {
        target.swiftSettings? += watched
    }
    package.targets += [
        .target(
            name: program.name, dependencies: program.dependencies, exclude: ["Program.swift"],
            resources: program.resources, swiftSettings: settings + watched),
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "martlet-fuzz",
            dependencies: ["CFuzzer", "martlet", "Manifests", "Repository", "Server", "Model", httpTypes],
            path: "Tests/Fuzz/martlet-fuzz", swiftSettings: settings,
            linkerSettings: [
                .unsafeFlags([archive]), .linkedLibrary("stdc++"), .linkedLibrary("m"),
            ]),
    ]
}
