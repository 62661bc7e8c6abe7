package import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The certificate that new connections are made with. Its files are looked at every few seconds; those that have begun
/// keep the one that they began with.
package final class TLSCertificate: Service {
    private struct State {
        var context: NIOSSLContext
        var stamp: TLSFiles.Stamp
    }
    private let files: TLSFiles
    private let logger: Logger
    private let pause: Duration
    private let state: Mutex<State>

    /// Throws where the files can't be used: there is nothing to go on with.
    package init(_ files: TLSFiles, logger: Logger, pause: Duration = .seconds(5)) throws(ServerError) {
        (self.files, self.logger, self.pause) = (files, logger, pause)
        let stamp = TLSFiles.Stamp(files)
        let (context, expires) = try files.context()
        state = Mutex(State(context: context, stamp: stamp))
        tell("certificate in force", expires)
    }

    var context: NIOSSLContext { state.withLock(\.context) }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: self.pause)) != nil { self.look() }
        }
    }

    /// Takes what has changed. A pair that can't be used is said once, and the one before stays.
    private func look() {
        let stamp = TLSFiles.Stamp(files)
        let isNew = state.withLock { state in
            defer { state.stamp = stamp }
            return state.stamp != stamp
        }
        guard isNew else { return }
        do throws(ServerError) {
            let (context, expires) = try files.context()
            state.withLock { $0.context = context }
            tell("certificate reloaded", expires)
        } catch {
            logger.error(
                "certificate not reloaded, the one before stays",
                metadata: ["cause": "\(error.message)", "hint": "\(error.hint ?? "none")"])
        }
    }

    private func tell(_ message: Logger.Message, _ expires: Int) {
        logger.info(message, metadata: ["certificate": "\(files.certificate)", "expires": "\(expires)"])
    }
}
