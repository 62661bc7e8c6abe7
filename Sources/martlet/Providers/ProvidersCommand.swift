import ArgumentParser
import Foundation
import Model
import ProviderPackages

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "Lists the Terraform providers, and pins them.",
        subcommands: [List.self, Lock.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which are configured, pinned, found in a mirror, and running.")

        @OptionGroup var options: AskingOptions

        func run() async throws {
            try await reportingProblems {
                let configuration = try options.configuration.read()
                var list = await ProviderList(configuration, try ProviderSources(configuration))
                if let running = try? await options.operations().runningProviders() {
                    for index in list.providers.indices {
                        list.providers[index].running = running[list.providers[index].name]
                    }
                }
                switch options.output.format {
                case .json: Terminal.write(try list.json())
                case .text: Terminal.write(list.text())
                case .markdown:
                    Terminal.write(
                        list.providers.map { "- `\($0.name)`: `\($0.source)` \($0.pinned ?? "not pinned")\n" }
                            .joined())
                }
            }
        }
    }

    struct Lock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pins the version and the checksums of each configured provider.",
            discussion: """
                A version that is pinned and will still do stays. Nothing else is ever started: review what this writes \
                before a controller reads it.
                """)

        @OptionGroup var options: ConfigurationOptions
        @Option(
            name: .long,
            help: ArgumentHelp(
                "A platform of a machine that is not this one: linux_arm64.", valueName: "OS_ARCH"))
        var platform: [String] = []
        @Flag(name: .long, help: "Takes the newest version that will do.") var upgrade = false

        func run() async throws {
            try await reportingProblems {
                let configuration = try options.read()
                let sources = try ProviderSources(configuration)
                for warning in sources.warnings {
                    FileHandle.standardError.write(Data("\(warning)\n".utf8))
                }
                var platforms: Set<ProviderPlatform> = []
                for name in platform { platforms.insert(try ProviderPlatform(name)) }
                var locking = ProviderLocking(sources, platforms: platforms, upgrades: upgrade)
                try await locking.pin(configuration.wantedProviders)
                Terminal.write(
                    locking.lines.map { [$0.provider.short, $0.text] }.aligned.map { $0 + "\n" }.joined())
                if locking.lock == sources.lock {
                    return Terminal.write("\(sources.lockFile) is as it was\n")
                }
                try locking.lock.write(sources.lockFile)
                Terminal.write(
                    "wrote \(sources.lockFile)\n  hint: review it; 'martlet reload' puts it in force\n")
            }
        }
    }
}
