import CCurl
package import Foundation

package struct HTTPResponseHead: Sendable, Hashable {
    package var status: Int
    package var headers: HTTPHeaders

    package init(status: Int, headers: HTTPHeaders = HTTPHeaders()) {
        (self.status, self.headers) = (status, headers)
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// `Retry-After`, in seconds or as a date; never negative, nil where there is none that can be read.
    package func retryAfter(now: Date) -> Duration? {
        guard let text = headers["retry-after"]?.trimmingCharacters(in: .whitespaces), !text.isEmpty else {
            return nil
        }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int32(text).map { .seconds($0) }
        }
        let date = curl_getdate(text, nil)
        guard date >= 0 else { return nil }
        return .seconds(max(0, Double(date) - now.timeIntervalSince1970))
    }
}

package struct HTTPResponse: Sendable, Hashable {
    package var head: HTTPResponseHead
    package var body: [UInt8]

    package init(_ head: HTTPResponseHead, body: [UInt8] = []) { (self.head, self.body) = (head, body) }

    package var status: Int { head.status }
    package var headers: HTTPHeaders { head.headers }
    /// The body as UTF-8, mended where it is none.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
