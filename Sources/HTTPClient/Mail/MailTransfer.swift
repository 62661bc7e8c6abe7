import CCurl
import Foundation
import Synchronization

/// One letter on its way, from its options to its end.
final class MailTransfer: Sendable {
    private struct State {
        var isCancelled = false
        /// How much of the letter curl has taken.
        var taken = 0
    }
    private let server: MailServer
    private let place: MailPlace
    private let recipients: [String]
    private let sender: String
    private let bytes: [UInt8]
    private let state = Mutex(State())

    init(_ server: MailServer, _ message: MailMessage) throws(HTTPError) {
        if let problem = server.problem { throw HTTPError(.invalidRequest, "", problem) }
        (self.server, place) = (server, try MailPlace(server.url))
        (sender, recipients) = (message.from.address, message.to.map(\.address))
        bytes = message.bytes
        guard !recipients.isEmpty else {
            throw HTTPError(.invalidRequest, place.label, "there is no recipient")
        }
    }

    func cancel() { state.withLock { $0.isCancelled = true } }

    /// Blocks until it has ended.
    func perform() -> Result<Void, HTTPError> {
        guard TransferLoop.isReady, let easy = curl_easy_init() else {
            return .failure(HTTPError(.local, place.label, "out of memory"))
        }
        defer { curl_easy_cleanup(easy) }
        var list: UnsafeMutablePointer<curl_slist>?
        for recipient in recipients { list = curl_slist_append(list, "<\(recipient)>") }
        defer { curl_slist_free_all(list) }
        guard list != nil, configure(easy, list) else {
            return .failure(HTTPError(.local, place.label, "curl does not take these settings"))
        }
        let code = curl_easy_perform(easy)
        guard code != CURLE_OK else { return .success(()) }
        var reply = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
        return .failure(error(code, reply: reply))
    }

    private func configure(
        _ easy: UnsafeMutableRawPointer, _ recipients: UnsafeMutablePointer<curl_slist>?
    ) -> Bool {
        var codes = [
            ccurl_set_text(easy, CURLOPT_URL, server.url),
            ccurl_set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps"),
            ccurl_set_text(easy, CURLOPT_PROXY, ""),
            ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1),
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2),
            ccurl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            ccurl_set_long(
                easy, CURLOPT_USE_SSL,
                Int(server.encryption == .required ? CURLUSESSL_ALL.rawValue : CURLUSESSL_NONE.rawValue)),
            ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, min(10_000, server.timeout.milliseconds)),
            ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, server.timeout.milliseconds),
            ccurl_set_text(easy, CURLOPT_MAIL_FROM, "<\(sender)>"),
            ccurl_set_pointer(easy, CURLOPT_MAIL_RCPT, recipients),
            ccurl_set_long(easy, CURLOPT_UPLOAD, 1), ccurl_set_long(easy, CURLOPT_NOPROGRESS, 0),
        ]
        if let caFile = server.caFile {
            codes.append(ccurl_set_text(easy, CURLOPT_CAINFO, caFile))
            codes.append(ccurl_set_text(easy, CURLOPT_CAPATH, nil))
        }
        if let user = server.user { codes.append(ccurl_set_text(easy, CURLOPT_USERNAME, user)) }
        if let password = server.password { codes.append(ccurl_set_text(easy, CURLOPT_PASSWORD, password)) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        codes += [
            ccurl_set_pointer(easy, CURLOPT_READDATA, context),
            ccurl_set_pointer(easy, CURLOPT_XFERINFODATA, context),
            ccurl_set_receive(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            },
            ccurl_set_progress(easy) { context, _, _, _, _ in
                guard let context else { return 1 }
                let transfer = Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.state.withLock(\.isCancelled) ? 1 : 0
            },
        ]
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { state in
            let part = bytes[state.taken...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            state.taken += part.count
            return part.count
        }
    }

    /// curl's code in our words; of what the server said its number alone.
    private func error(_ code: CURLcode, reply: Int) -> HTTPError {
        func say(_ kind: HTTPError.Kind, _ cause: String, hint: String? = nil) -> HTTPError {
            HTTPError(kind, place.label, cause, hint: hint, mayHaveBeenSent: state.withLock { $0.taken > 0 })
        }
        switch code {
        case CURLE_ABORTED_BY_CALLBACK: return say(.cancelled, "cancelled")
        case CURLE_COULDNT_RESOLVE_HOST: return say(.unresolved, "name can't be resolved")
        case CURLE_COULDNT_CONNECT: return say(.refused, "connection refused")
        case CURLE_OPERATION_TIMEDOUT:
            return say(.timedOut, "letter not taken within \(server.timeout.plain)")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            return say(
                .untrusted, "certificate is not trusted",
                hint: server.caFile == nil
                    ? "name the authority's certificate in 'caFile' where it is your own" : nil)
        case CURLE_SSL_CONNECT_ERROR: return say(.tls, "no TLS: handshake broke")
        case CURLE_USE_SSL_FAILED:
            return say(
                .tls, "mail server offers no STARTTLS",
                hint: "write smtps:// where it speaks TLS from the first byte")
        case CURLE_LOGIN_DENIED:
            return say(
                .rejected, "mail server takes neither user nor password\(answered(reply))",
                hint: "look at 'user' and 'password'")
        case _ where reply >= 400: return say(.rejected, "mail server answered \(reply)")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
            return say(.closed, "connection was lost")
        default: return say(.malformed, "mail server can't be talked with: answer is not SMTP")
        }
    }
    private func answered(_ reply: Int) -> String { reply > 0 ? " (\(reply))" : "" }
}
