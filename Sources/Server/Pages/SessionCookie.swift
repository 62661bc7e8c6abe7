import HTTPTypes

/// The cookie of a signed-in browser.
struct SessionCookie {
    /// Browsers send it over TLS alone, and no neighbour on the same domain can set it.
    let isSecure: Bool
    private var name: String { isSecure ? "__Host-martlet" : "martlet" }

    /// Every value that came under its name: another program of the host may have set one.
    func values(in headers: HTTPFields) -> [String] {
        headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, sides[0].drop(while: { $0 == " " }) == name else { return nil }
            return String(sides[1])
        }
    }
    /// Lax: a link from a forge opens the page.
    func setting(_ value: String, seconds: Int) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }
    var clear: String { setting("", seconds: 0) }
}

extension String {
    /// Itself where it is the path of a page here, else the first page: never another server, nor what a browser could
    /// take for one.
    var asPagePath: String {
        let isPlain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~/%".utf8.contains(byte)
            }
        }
        let parts = split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard isPlain, utf8.count <= 512, parts.first == "reports", (2...3).contains(parts.count),
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else { return "/" }
        return self
    }
}
