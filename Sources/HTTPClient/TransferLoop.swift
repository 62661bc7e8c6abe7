import CCurl
import Foundation
import Synchronization

/// The one thread that curl's multi handle and every transfer live on. It sleeps in `curl_multi_poll` until a
/// socket, a timer or a command wakes it.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(Exchange)
        case cancel(Exchange)
        case resume(Exchange)
    }
    struct Inbox {
        var commands: [Command] = []
        var isStopping = false
        /// The handle is gone: nobody may wake it any more.
        var isClosed = false
    }
    private let inbox = Mutex(Inbox())
    /// Used on the loop's thread alone, but for `curl_multi_wakeup`, which curl allows from any, and which is
    /// called under the inbox's lock, before it is closed.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(HTTPError) {
        guard Self.isReady, let multi = curl_multi_init() else {
            throw HTTPError(.local, "", "curl can't be set up: no memory, or no descriptors")
        }
        self.multi = multi
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 128)
        let thread = Thread { self.run() }
        thread.name = "martlet-http"
        thread.start()
    }

    func start(_ exchange: Exchange) {
        if !post(.start(exchange)) { exchange.finish(.failure(.cancelled(exchange))) }
    }
    func cancel(_ exchange: Exchange) {
        exchange.markCancelled()
        _ = post(.cancel(exchange))
    }
    func resume(_ exchange: Exchange) { _ = post(.resume(exchange)) }

    /// Ends every transfer, and the thread.
    func stop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            if !inbox.isClosed { curl_multi_wakeup(multi) }
        }
    }

    private func post(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard !inbox.isClosed && !inbox.isStopping else { return false }
            inbox.commands.append(command)
            if inbox.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
    }

    private func run() {
        Self.blockSignals()
        var transfers = Transfers(multi)
        while true {
            let (commands, isStopping) = inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return (inbox.commands, inbox.isStopping)
            }
            for command in commands { transfers.carryOut(command) }
            if isStopping { break }
            transfers.advance()
            curl_multi_poll(multi, nil, 0, transfers.patience, nil)
        }
        transfers.cancelAll()
        inbox.withLock { inbox in inbox.isClosed = true }
        curl_multi_cleanup(multi)
    }

    /// The process's signals are others' business; a closed TLS connection must not end the process by
    /// SIGPIPE.
    static func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }
}

extension HTTPError {
    static func cancelled(_ exchange: Exchange, mayHaveBeenSent: Bool = false) -> HTTPError {
        HTTPError(.cancelled, exchange.address.label, "cancelled", mayHaveBeenSent: mayHaveBeenSent)
    }
}
