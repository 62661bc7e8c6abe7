import CCurl
import Foundation

extension Transfer {
    private var timeouts: HTTPRequest.Timeouts { exchange.request.timeouts }

    /// curl's code in our words. Its own message, which may repeat what a server sent, is used for TLS alone.
    func error(_ code: CURLcode, _ message: String) -> HTTPError {
        func say(_ kind: HTTPError.Kind, _ cause: String, hint: String? = nil) -> HTTPError {
            HTTPError(
                kind, exchange.address.label, cause, hint: hint, mayHaveBeenSent: mayHaveBeenSent)
        }
        let answered = long(CURLINFO_HTTP_CONNECTCODE)
        if answered >= 300 { return say(.proxy, "proxy answered \(answered)") }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return say(.unresolved, "name can't be resolved")
        case CURLE_COULDNT_RESOLVE_PROXY: return say(.proxy, "proxy's name can't be resolved")
        case CURLE_PROXY: return say(.proxy, "proxy answered wrongly")
        case CURLE_COULDNT_CONNECT: return refusal(say)
        case CURLE_OPERATION_TIMEDOUT: return say(.timedOut, lateness)
        case CURLE_PEER_FAILED_VERIFICATION:
            return say(
                .untrusted, "certificate is not trusted: \(tlsCause(message))",
                hint: exchange.request.caFile == nil
                    ? "name the authority's certificate in 'caFile' where it is your own" : nil)
        case CURLE_SSL_CACERT_BADFILE:
            let file = exchange.request.caFile.map { " '\($0.printable)'" } ?? ""
            return say(.untrusted, "certificates of authorities\(file) can't be read")
        case CURLE_SSL_CERTPROBLEM: return say(.untrusted, "client's certificate or key can't be used")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            return say(.tls, "no TLS: \(tlsCause(message))")
        case CURLE_GOT_NOTHING: return say(.closed, "connection was closed without an answer")
        case CURLE_PARTIAL_FILE: return say(.closed, "connection was closed in the middle of the answer")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR: return say(.closed, "connection was lost")
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: return say(.closed, "HTTP/2 stream was ended")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            return say(.malformed, "answer is not HTTP")
        default:
            return say(.local, String(cString: curl_easy_strerror(code)).lowercasedFirst)
        }
    }

    private func refusal(_ say: (HTTPError.Kind, String, String?) -> HTTPError) -> HTTPError {
        let number = Int32(truncatingIfNeeded: long(CURLINFO_OS_ERRNO))
        switch number {
        case 0: return say(.unreachable, "no connection", nil)
        case ECONNREFUSED: return say(.refused, "connection refused", nil)
        case ENOENT: return say(.refused, "no such socket", nil)
        default: return say(.unreachable, String(cString: strerror(number)).lowercasedFirst, nil)
        }
    }

    /// Which of the limits it was.
    private var lateness: String {
        // curl's clock is another than ours, and may be some milliseconds ahead of it; idle times are whole seconds.
        if let whole = timeouts.whole, let deadline = exchange.deadline,
            deadline <= ContinuousClock.now + .milliseconds(100)
        {
            return "no whole answer within \(whole.plain)"
        }
        if !mayHaveBeenSent { return "no connection within \(timeouts.connect.plain)" }
        return "silent for \((timeouts.idle ?? .zero).plain)"
    }

    private func tlsCause(_ message: String) -> String {
        let text = message.isEmpty ? "handshake broke" : message
        for prefix in ["SSL certificate problem: ", "SSL: ", "OpenSSL "] where text.hasPrefix(prefix) {
            return String(text.dropFirst(prefix.count)).printable.lowercasedFirst
        }
        return text.printable.lowercasedFirst
    }
}
