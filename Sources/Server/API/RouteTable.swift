import Model

/// The routes by their path, so that a wrong method is told from an unknown path.
struct RouteTable: Sendable {
    enum Match {
        case found(APIRoute, parameters: [String: String])
        /// The path is known, for these methods.
        case wrongMethod(allowed: [String])
        case unknown
    }
    fileprivate struct Entry: Sendable {
        var route: APIRoute
        var parts: [Substring]
    }
    private var entries: [Entry] = []

    init(_ routes: [APIRoute]) {
        entries = routes.map { Entry(route: $0, parts: $0.path.pathParts) }
    }

    /// The first that matches; `path` as it was sent.
    func match(_ method: String, _ path: some StringProtocol) -> Match {
        let parts = String(path).pathParts
        var allowed: Set<String> = []
        for entry in entries {
            guard let parameters = entry.match(parts) else { continue }
            if entry.route.method.rawValue == method { return .found(entry.route, parameters: parameters) }
            allowed.insert(entry.route.method.rawValue)
        }
        return allowed.isEmpty ? .unknown : .wrongMethod(allowed: allowed.sorted())
    }
}

extension RouteTable.Entry {
    fileprivate func match(_ sent: [Substring]) -> [String: String]? {
        guard sent.count == parts.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, text) in zip(parts, sent) {
            guard let decoded = text.percentDecoded else { return nil }
            if part.hasPrefix("{") && part.hasSuffix("}") {
                parameters[String(part.dropFirst().dropLast())] = decoded
            } else if part != decoded {
                return nil
            }
        }
        return parameters
    }
}

extension String {
    /// Without the first slash; an end with a slash is another path.
    fileprivate var pathParts: [Substring] {
        split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(\.self)
    }
    /// `a=1&b=x%20y`; nil where it can't be decoded.
    var queryItems: [String: String]? {
        var items: [String: String] = [:]
        for item in split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let sides = pair.map { $0.map { $0 == "+" ? " " : $0 } }.map { String($0)[...].percentDecoded }
            guard let name = sides[0], let value = sides.count > 1 ? sides[1] : "" else { return nil }
            items[name] = value
        }
        return items
    }
}

extension Substring {
    /// Nil where a percent sign is not followed by two hex digits, or the bytes are no UTF-8.
    var percentDecoded: String? {
        guard utf8.contains(0x25) else { return String(self) }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
