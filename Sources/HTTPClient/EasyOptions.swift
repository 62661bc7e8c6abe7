import CCurl

/// A request as curl's options. The first one that curl refuses is kept in `failed`.
final class EasyOptions {
    private(set) var failed: CURLcode?
    private let easy: UnsafeMutableRawPointer
    private let exchange: Exchange
    private var request: HTTPRequest { exchange.request }

    init(_ easy: UnsafeMutableRawPointer, _ exchange: Exchange) {
        (self.easy, self.exchange) = (easy, exchange)
    }

    func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(easy, option, value)) }
    func set(_ option: CURLoption, _ text: String?) { note(ccurl_set_text(easy, option, text)) }
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
        note(ccurl_set_pointer(easy, option, pointer))
    }
    func set(_ option: CURLoption, callback: @escaping ccurl_receive) {
        note(ccurl_set_receive(easy, option, callback))
    }
    func set(open callback: @escaping ccurl_open) { note(ccurl_set_open(easy, callback)) }
    private func note(_ code: CURLcode) { if code != CURLE_OK && failed == nil { failed = code } }

    func apply() {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_BUFFERSIZE, 64 << 10)
        let version = request.version == .http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS
        set(CURLOPT_HTTP_VERSION, Int(version))
        // Waits for a handshake that is under way, to share its connection where it is HTTP/2.
        set(CURLOPT_PIPEWAIT, exchange.address.scheme == "https" ? 1 : 0)
        applyBody()
        applyTrust()
        applyTimeouts()
        applyRoute()
        // curl looks through all names that it knows for each connection: whoever makes one for each request keeps none.
        if !request.sharesConnection { set(CURLOPT_DNS_CACHE_TIMEOUT, 0) }
        let isConnection = if case .connection = exchange.style { true } else { false }
        if isConnection { set(CURLOPT_CONNECT_ONLY, 1) }
        // curl 7.88 ends the second stream of an HTTP/2 connection in clear.
        if isConnection || request.version == .http2 || !request.sharesConnection {
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
    }

    /// Lines in the request's order. curl owns them until `curl_slist_free_all`.
    func headerLines() -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        func add(_ line: String) {
            guard let longer = curl_slist_append(list, line) else { return note(CURLE_OUT_OF_MEMORY) }
            list = longer
        }
        for field in request.headers.fields {
            // A semicolon is how curl is told to send a header with no value.
            add(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // What curl would add by itself.
        for name in ["Expect", "Content-Type"] where request.headers[name] == nil { add("\(name):") }
        return list
    }

    private func applyBody() {
        let needsLength = ["POST", "PUT", "PATCH"].contains(request.method)
        if let body = request.body ?? (needsLength ? [] : nil) {
            note(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            body.withUnsafeBytes { bytes in
                let empty: StaticString = ""
                let start = bytes.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
                set(CURLOPT_COPYPOSTFIELDS, pointer: UnsafeMutableRawPointer(mutating: start))
            }
        }
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func applyTrust() {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let caFile = request.caFile {
            set(CURLOPT_CAINFO, caFile)
            set(CURLOPT_CAPATH, nil as String?)
        }
        if let certificate = request.clientCertificate {
            set(CURLOPT_SSLCERT, certificate.certificate)
            set(CURLOPT_SSLKEY, certificate.key)
        }
    }

    private func applyTimeouts() {
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.timeouts.connect.milliseconds))
        if let deadline = exchange.deadline {
            // Rounded up, so that the deadline is over when curl says so.
            set(CURLOPT_TIMEOUT_MS, max(0, (deadline - ContinuousClock.now).milliseconds) + 1)
        }
        if let idle = request.timeouts.idle {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, max(1, (idle.milliseconds + 999) / 1000))
        }
    }

    private func applyRoute() {
        if let socket = request.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, socket) }
        switch request.proxy {
        case _ where request.unixSocket != nil: set(CURLOPT_PROXY, "")
        case .environment: break
        case .none: set(CURLOPT_PROXY, "")
        case .url(let url): set(CURLOPT_PROXY, url)
        }
    }
}
