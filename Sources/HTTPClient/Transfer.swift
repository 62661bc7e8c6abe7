import CCurl
import Glibc

/// One easy handle, from its options to its end. Made, used and freed on the loop's thread.
final class Transfer {
    static let maxHeaderBytes = 256 << 10

    let exchange: Exchange
    let easy: UnsafeMutableRawPointer
    /// curl keeps both pointers until it is cleaned up.
    private var headerLines: UnsafeMutablePointer<curl_slist>?
    private let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var head = HTTPResponseHead(status: 0)
    private var isHeadDone = false
    private var headerBytes = 0
    /// All has come that the request takes.
    private var isCut = false
    /// Why a callback ended the transfer.
    private var failure: HTTPError?

    init(_ exchange: Exchange) throws(HTTPError) {
        guard let easy = curl_easy_init() else {
            throw HTTPError(.local, exchange.address.label, "out of memory")
        }
        (self.exchange, self.easy) = (exchange, easy)
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let options = EasyOptions(easy, exchange)
        options.apply()
        headerLines = options.headerLines()
        options.set(CURLOPT_HTTPHEADER, pointer: headerLines)
        options.set(CURLOPT_ERRORBUFFER, pointer: message)
        connectCallbacks(options)
        if let failed = options.failed {
            throw HTTPError(
                failed == CURLE_OUT_OF_MEMORY ? .local : .invalidRequest, exchange.address.label,
                String(cString: curl_easy_strerror(failed)).lowercasedFirst)
        }
    }
    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerLines)
        message.deallocate()
    }

    /// Goes on after a full buffer; curl gives again what was not taken, possibly at once.
    func resume() { curl_easy_pause(easy, CURLPAUSE_CONT) }

    var mayHaveBeenSent: Bool { offset(CURLINFO_PRETRANSFER_TIME_T) > 0 }

    func result(_ code: CURLcode) -> Result<Void, HTTPError> {
        if code == CURLE_OK || isCut { return .success(()) }
        return .failure(failure ?? error(code, String(cString: message)))
    }
    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(easy, info, &value) == CURLE_OK ? value : 0
    }
    func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return ccurl_get_offset(easy, info, &value) == CURLE_OK ? Int(value) : 0
    }

    private func connectCallbacks(_ options: EasyOptions) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_PRIVATE, pointer: context)
        options.set(CURLOPT_HEADERDATA, pointer: context)
        options.set(CURLOPT_WRITEDATA, pointer: context)
        options.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return transfer.receive(headerLine: line) ? size * count : 0
        }
        options.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        guard exchange.request.networks != nil else { return }
        options.set(CURLOPT_OPENSOCKETDATA, pointer: context)
        options.set(open: { context, _, address in
            guard let context, let address else { return CURL_SOCKET_BAD }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.open(address, transfer.exchange.request.networks ?? [])
        })
    }

    /// A socket for an address where the request may connect to; curl goes on with the host's next address.
    private func open(_ address: UnsafePointer<curl_sockaddr>, _ networks: [Network]) -> curl_socket_t {
        guard let found = IPAddress(address), networks.contains(where: { $0.contains(found) }) else {
            failure = HTTPError(
                .unreachable, exchange.address.label,
                "its address is in none of the networks that may be reached")
            return CURL_SOCKET_BAD
        }
        let (kind, number) = (address.pointee.socktype, address.pointee.`protocol`)
        return socket(address.pointee.family, kind | Int32(SOCK_CLOEXEC.rawValue), number)
    }

    private func receive(body: UnsafeRawBufferPointer) -> Int {
        switch body.withMemoryRebound(to: UInt8.self, { exchange.receive($0) }) {
        case .taken: return body.count
        case .full: return Int(CURL_WRITEFUNC_PAUSE)
        case .enough: isCut = true
        case .tooLarge: fail("answer is larger than \(exchange.request.maxResponseBytes) bytes")
        case .cancelled: failure = .cancelled(exchange, mayHaveBeenSent: true)
        }
        // Anything but the count ends the transfer.
        return body.isEmpty ? 1 : 0
    }

    private func fail(_ cause: String) {
        failure = HTTPError(.tooLarge, exchange.address.label, cause, mayHaveBeenSent: true)
    }

    /// False ends the transfer.
    private func receive(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.maxHeaderBytes else {
            fail("headers are larger than \(Self.maxHeaderBytes) bytes")
            return false
        }
        // What comes after the body are trailers, which nobody asked for.
        guard !isHeadDone else { return true }
        let line = String(decoding: bytes, as: UTF8.self)
        let text = line.trimmingLineEnd
        if text.isEmpty {
            guard head.status >= 200 else { return true }
            isHeadDone = true
            exchange.receive(head)
        } else if line.hasPrefix("HTTP/") {
            let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            head = HTTPResponseHead(status: status ?? 0)
        } else if text.first == " " || text.first == "\t" {
            head.headers.extendLast(text.trimmed)
        } else if let colon = text.firstIndex(of: ":") {
            head.headers.append(
                String(text[..<colon]).trimmed, String(text[text.index(after: colon)...]).trimmed)
        }
        return true
    }
}

extension String {
    fileprivate var trimmingLineEnd: Substring {
        var text = self[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        return text
    }
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let text = drop(while: isBlank)
        return String(text.reversed().drop(while: isBlank).reversed())
    }
}
