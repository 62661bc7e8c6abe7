import CCurl

/// What runs, and what waits for its turn. Lives on the loop's thread.
struct Transfers {
    /// Of one host at a time; streams are not counted. More would use up descriptors, not time.
    static let maxPerHost = 128

    private let multi: UnsafeMutableRawPointer
    private var running: [ObjectIdentifier: Transfer] = [:]
    private var runningByHost: [WebAddress: Int] = [:]
    private var waiting: [WebAddress: [Exchange]] = [:]

    init(_ multi: UnsafeMutableRawPointer) { self.multi = multi }

    /// How long the loop may sleep, in milliseconds; curl wakes it earlier where it needs to.
    var patience: Int32 { waiting.isEmpty ? 60_000 : 100 }

    mutating func carryOut(_ command: TransferLoop.Command) {
        switch command {
        case .start(let exchange): admit(exchange)
        case .resume(let exchange): running[ObjectIdentifier(exchange)]?.resume()
        case .cancel(let exchange):
            if let transfer = running[ObjectIdentifier(exchange)] {
                end(transfer, .failure(.cancelled(exchange, mayHaveBeenSent: transfer.mayHaveBeenSent)))
            } else {
                waiting[exchange.address]?.removeAll { $0 === exchange }
                exchange.finish(.failure(.cancelled(exchange)))
            }
        }
    }

    mutating func advance() {
        var count: Int32 = 0
        curl_multi_perform(multi, &count)
        while let message = curl_multi_info_read(multi, &count) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
                continue
            }
            let code = message.pointee.data.result
            var context: UnsafeMutableRawPointer?
            ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            end(transfer, transfer.result(code))
        }
        expire()
    }

    mutating func cancelAll() {
        for transfer in running.values {
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.exchange.finish(
                .failure(.cancelled(transfer.exchange, mayHaveBeenSent: transfer.mayHaveBeenSent)))
        }
        for exchange in waiting.values.joined() { exchange.finish(.failure(.cancelled(exchange))) }
        running = [:]
        waiting = [:]
    }

    private mutating func admit(_ exchange: Exchange) {
        if exchange.isCounted && runningByHost[exchange.address, default: 0] >= Self.maxPerHost {
            waiting[exchange.address, default: []].append(exchange)
        } else {
            begin(exchange)
        }
    }

    private mutating func begin(_ exchange: Exchange) {
        guard !exchange.isCancelled else { return exchange.finish(.failure(.cancelled(exchange))) }
        do throws(HTTPError) {
            let transfer = try Transfer(exchange)
            let status = curl_multi_add_handle(multi, transfer.easy)
            guard status == CURLM_OK else {
                throw HTTPError(.local, exchange.address.label, String(cString: curl_multi_strerror(status)))
            }
            running[ObjectIdentifier(exchange)] = transfer
            if exchange.isCounted { runningByHost[exchange.address, default: 0] += 1 }
        } catch {
            exchange.finish(.failure(error))
        }
    }

    private mutating func end(_ transfer: Transfer, _ result: Result<Void, HTTPError>) {
        let exchange = transfer.exchange
        curl_multi_remove_handle(multi, transfer.easy)
        running[ObjectIdentifier(exchange)] = nil
        exchange.finish(result)
        guard exchange.isCounted else { return }
        let left = runningByHost[exchange.address, default: 1] - 1
        runningByHost[exchange.address] = left > 0 ? left : nil
        if let next = waiting[exchange.address]?.first {
            waiting[exchange.address]?.removeFirst()
            begin(next)
        }
        if waiting[exchange.address]?.isEmpty ?? false { waiting[exchange.address] = nil }
    }

    private mutating func expire() {
        guard !waiting.isEmpty else { return }
        let now = ContinuousClock.now
        for (address, exchanges) in waiting {
            let late = exchanges.filter { $0.deadline.map { $0 <= now } ?? false }
            guard !late.isEmpty else { continue }
            waiting[address] = exchanges.filter { exchange in !late.contains { $0 === exchange } }
            for exchange in late {
                let limit = exchange.request.timeouts.whole?.plain ?? ""
                exchange.finish(
                    .failure(HTTPError(.timedOut, address.label, "no connection was free within \(limit)")))
            }
        }
        waiting = waiting.filter { !$0.value.isEmpty }
    }
}

extension Exchange {
    fileprivate var isCounted: Bool { if case .stream = style { false } else { true } }
}

extension Duration {
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
    /// `250ms`, `10s`.
    var plain: String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
