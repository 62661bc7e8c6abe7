import CCurl

extension HTTPRequest {
    /// The request that an answer sends the client to; nil where it is no redirect that is followed.
    package func redirected(by head: HTTPResponseHead) throws(HTTPError) -> HTTPRequest? {
        guard [301, 302, 303, 307, 308].contains(head.status), let location = head.headers["location"],
            method == "GET" || method == "HEAD"
        else { return nil }
        let before = try WebAddress(self)
        func refuse(_ cause: String) -> HTTPError {
            HTTPError(.redirected, before.label, cause, mayHaveBeenSent: true)
        }
        var next = self
        let after: WebAddress
        do throws(HTTPError) {
            let parsed = ParsedURL()
            try parsed.set(url)
            try parsed.set(location)
            next.url = parsed.whole ?? ""
            after = try WebAddress(next)
        } catch {
            throw refuse("redirected: \(error.cause)")
        }
        if before.scheme == "https" && after.scheme == "http" {
            throw refuse("redirected from https to http")
        }
        if after != before {
            next.headers = headers.keeping(["accept", "accept-language", "user-agent"])
            next.clientCertificate = nil
        }
        return next
    }
}
