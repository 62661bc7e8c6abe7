/// What to ask of a server. TLS is always verified. It has no description beyond method and host: URLs and
/// headers carry secrets.
package struct HTTPRequest: Sendable {
    package struct Timeouts: Sendable, Hashable {
        /// Until the connection stands, name and TLS included.
        package var connect: Duration
        /// From the call to the last byte, waiting for a free connection and redirects included; nil is no
        /// limit.
        package var whole: Duration?
        /// Without one byte in either direction; nil is no limit. curl counts in seconds, and looks back over
        /// five.
        package var idle: Duration?

        package init(
            connect: Duration = .seconds(10), whole: Duration? = .seconds(60), idle: Duration? = nil
        ) {
            (self.connect, self.whole, self.idle) = (connect, whole, idle)
        }
        /// For an answer that goes on for as long as the server lives, and is never silent for longer than
        /// this.
        package static func endless(idle: Duration) -> Timeouts { Timeouts(whole: nil, idle: idle) }
    }
    package enum Proxy: Sendable, Hashable {
        /// `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, read as curl reads them.
        case environment
        case none
        case url(String)
    }
    /// PEM files.
    package struct ClientCertificate: Sendable, Hashable {
        package var certificate: String
        package var key: String
        package init(certificate: String, key: String) {
            (self.certificate, self.key) = (certificate, key)
        }
    }

    package enum Version: Sendable, Hashable {
        /// HTTP/2 where TLS agrees on it, else HTTP/1.1.
        case negotiated
        /// HTTP/2 from the first byte, also in clear: what gRPC speaks.
        case http2
    }

    package var method: String
    /// `http` or `https`; user and password in it are sent as basic authentication.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]?
    package var timeouts = Timeouts()
    /// How many are followed, for GET and HEAD only. Another origin gets neither the headers (but what to
    /// accept) nor the client's certificate; `https` never becomes `http`.
    package var maxRedirects = 0
    /// Of a whole answer; the reader of a stream counts by itself.
    package var maxResponseBytes = 16 << 20
    /// Whether what is longer than that is cut off there, and not an error.
    package var cutsResponse = false
    /// Whether it may go over a connection that stands already, and leave its own to others.
    package var sharesConnection = true
    package var proxy = Proxy.environment
    /// PEM; trusted instead of the system's authorities.
    package var caFile: String?
    package var clientCertificate: ClientCertificate?
    /// Connects to this socket whatever the URL's host.
    package var unixSocket: String?
    package var version = Version.negotiated
    /// Where it may connect to, held against each address that the host's name gives; nil is anywhere. A connection
    /// that stands already is not asked again: who restricts requests keeps a client for them.
    package var networks: [Network]?
    /// It carries a credential, be that its URL: it is not sent where everybody on the way could read it.
    package var isConfidential = false

    package init(
        _ method: String, _ url: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8]? = nil
    ) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
    }
    /// A GET.
    package init(_ url: String, headers: HTTPHeaders = HTTPHeaders()) {
        self.init("GET", url, headers: headers)
    }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(method) \((try? WebAddress(self))?.label ?? "(not a URL)")" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension HTTPRequest {
    /// Refuses what would be read as something else on its way: line ends in a header, a path that is cut at
    /// a NUL.
    func check(_ address: WebAddress) throws(HTTPError) {
        func refuse(_ cause: String) -> HTTPError { HTTPError(.invalidRequest, address.label, cause) }
        guard method.isToken else { throw refuse("method has a character that is not allowed") }
        for field in headers.fields {
            guard field.name.isToken else {
                throw refuse("a header's name is empty or has a character that is not allowed")
            }
            guard !field.value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
                throw refuse("header '\(field.name)' has a line end or NUL in its value")
            }
        }
        if isConfidential, isOpenToAll {
            throw refuse("http would show a credential to everybody on the way")
        }
        let paths = [unixSocket, caFile, clientCertificate?.certificate, clientCertificate?.key]
        guard !paths.contains(where: { $0?.utf8.contains(0) ?? false }) else {
            throw refuse("a file's path has a NUL in it")
        }
        if let unixSocket, unixSocket.utf8.count > 107 {
            throw refuse("socket's path has \(unixSocket.utf8.count) bytes, and the system allows 107")
        }
    }
}

extension String {
    /// RFC 9110's token.
    fileprivate var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

extension HTTPRequest {
    /// Whether its URL names a host that can be asked.
    package var hasAddress: Bool { (try? WebAddress(self)) != nil }

    /// Whether it goes to another machine in clear; false for what is no address.
    package var isOpenToAll: Bool {
        guard unixSocket == nil, let address = try? WebAddress(self), address.scheme == "http" else {
            return false
        }
        let host = address.host.trimmingPrefix("[").prefix { $0 != "]" }
        return !(host == "localhost" || Network.loopback.contains { $0.contains(String(host)) })
    }
}
