import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP.
struct ReloadService: Service {
    let controller: Controller
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do { try controller.reload() } catch {
                logger.error("configuration not reloaded", metadata: ["cause": "\(plainText(error))"])
            }
        }
    }
}
