// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "martlet-benchmarks",
    targets: [
        .executableTarget(
            name: "yardstick",
            cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("git2"), .linkedLibrary("yaml"), .linkedLibrary("pthread")]),
        .executableTarget(name: "answerer", cSettings: [.define("_GNU_SOURCE")]),
        .executableTarget(name: "parameters", cSettings: [.define("_GNU_SOURCE")]),
        .executableTarget(
            name: "bench",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"), .treatAllWarnings(as: .error),
            ]),
    ]
)
