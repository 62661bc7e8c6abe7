import ArgumentParser
import Foundation
import Logging
import Metrics
import Review
import Server
import ServiceLifecycle
import Store
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the controller until it is told to stop.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(name: .long, help: "Only says whether the configuration can be used.")
    var checkConfig = false

    @Option(name: .long, help: "host:port for pages, hooks and the API, instead of the configuration's.")
    var listen: String?

    @Option(name: .long, help: "What is logged, and what is graver, instead of the configuration's.")
    var logLevel: String?

    @Option(name: .long, help: "Lines for people (text) or machines (json), instead of the configuration's.")
    var logFormat: String?

    func run() async throws {
        try await reportingProblems {
            let configuration = try options.read(
                ConfigurationOverrides(listen: listen, logLevel: logLevel, logFormat: logFormat))
            if checkConfig {
                print(try ConfigurationCheck(configuration).text(), terminator: "")
                return
            }
            let registry = PrometheusRegistry()
            MetricsSystem.bootstrap(registry)
            let log = Log(configuration.log)
            let logger = log.logger
            let controller = try Controller(
                configuration, command: "martlet serve", metrics: registry, log: log)
            defer { controller.store.close() }
            let (loop, beside) = try controller.services(logger)
            let group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(
                            service: loop,
                            successTerminationBehavior: .gracefullyShutdownGroup)
                    ] + beside.map { .init(service: $0) } + [
                        .init(service: ReloadService(controller: controller, logger: logger)),
                        .init(service: Housekeeping(controller.store, logger: logger)),
                    ],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        }
    }
}

/// The loop as a service: a shutdown ends the pass and waits for the steps that have begun.
struct ControllerService: Service {
    let controller: Controller
    /// One for each listener that answers.
    let listening: AsyncStream<Void>
    let listeners: Int

    func run() async throws {
        let answering = await cancelWhenGracefulShutdown {
            await listening.prefix(listeners).reduce(0) { count, _ in count + 1 }
        }
        guard answering == listeners else { return }
        try await withGracefulShutdownHandler {
            defer { try? controller.reports.flush() }
            try await controller.run()
        } onGracefulShutdown: {
            controller.stop()
        }
    }
}
