import CCurl

/// The parts of a URL that may be shown. curl's own parser reads it, so what is shown is what is contacted.
struct WebAddress: Sendable, Hashable {
    var scheme: String
    var host: String
    var port: String
    var unixSocket: String?

    init(_ request: HTTPRequest) throws(HTTPError) {
        let parsed = ParsedURL()
        try parsed.set(request.url)
        guard let scheme = parsed.part(CURLUPART_SCHEME), scheme == "http" || scheme == "https" else {
            throw HTTPError(.invalidRequest, "", "URL is neither http nor https")
        }
        guard let host = parsed.part(CURLUPART_HOST), let port = parsed.part(CURLUPART_PORT) else {
            throw HTTPError(.invalidRequest, "", "URL has no host")
        }
        (self.scheme, self.host, self.port, unixSocket) = (scheme, host, port, request.unixSocket)
    }

    /// Host, with the port where it is not the scheme's own; or the socket.
    var label: String {
        if let unixSocket { return "socket \(unixSocket.printable)" }
        let isDefault = port == (scheme == "https" ? "443" : "80")
        return (isDefault ? host : "\(host):\(port)").printable
    }
}

/// Owns a handle of curl's URL parser.
struct ParsedURL: ~Copyable {
    private let handle = curl_url()

    deinit { curl_url_cleanup(handle) }

    /// A whole URL, or one that is relative to what it was.
    func set(_ url: String) throws(HTTPError) {
        let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        let status = isPlain ? curl_url_set(handle, CURLUPART_URL, url, 0) : CURLUE_MALFORMED_INPUT
        switch status {
        case CURLUE_OK: return
        case CURLUE_BAD_SCHEME, CURLUE_UNSUPPORTED_SCHEME:
            throw HTTPError(.invalidRequest, "", "URL is neither http nor https")
        case CURLUE_NO_HOST, CURLUE_BAD_HOSTNAME:
            throw HTTPError(.invalidRequest, "", "URL has no host, or one that is no name")
        case CURLUE_BAD_PORT_NUMBER:
            throw HTTPError(.invalidRequest, "", "URL has a port that is no number up to 65535")
        default: throw HTTPError(.invalidRequest, "", "URL can't be read")
        }
    }
    func part(_ part: CURLUPart, flags: Int32 = CURLU_DEFAULT_PORT) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else {
            return nil
        }
        defer { curl_free(text) }
        return String(cString: text)
    }
    var scheme: String? { part(CURLUPART_SCHEME) }
    var host: String? { part(CURLUPART_HOST) }
    var port: String? { part(CURLUPART_PORT) }
    var hasUser: Bool { part(CURLUPART_USER) != nil }
    /// All of it, query and user included: to be sent, never to be shown.
    var whole: String? { part(CURLUPART_URL, flags: 0) }
}

extension String {
    /// For text that a server or a URL chose: printable ASCII as it is, the rest escaped, at most 300
    /// characters.
    var printable: String {
        var result = ""
        for scalar in unicodeScalars.prefix(300) {
            if (0x20...0x7e).contains(scalar.value) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }
}
