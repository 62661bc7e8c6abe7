extension Value {
    /// For digests, not for people: two values that differ never have the same bytes here, whatever texts, keys and names
    /// they hold, and a secret counts by where it comes from as well.
    package var canonical: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .scalar(let text): "scalar \(text.quoted)"
        case .string(let text): text.quoted
        case .list(let items): "[\(items.map(\.canonical).joined(separator: ", "))]"
        case .map(let fields):
            "{\(fields.sorted { $0.key < $1.key }.map { "\($0.key.quoted): \($0.value.canonical)" }.joined(separator: ", "))}"
        case .text(let parts): "text [\(parts.map(\.canonical).joined(separator: ", "))]"
        case .unknown: "unknown"
        case .secret(let handle): handle.canonical
        case .hidden(let fingerprint): "hidden \(fingerprint.quoted)"
        }
    }
}

extension TextPart {
    fileprivate var canonical: String {
        switch self {
        case .literal(let text): text.quoted
        case .unknown: "unknown"
        case .secret(let handle): handle.canonical
        case .local(let name): "local \(name.quoted)"
        }
    }
}

extension SecretHandle {
    fileprivate var canonical: String {
        let kind = isLeased ? "leased" : "secret"
        let whole = "\(kind) \(source.description.quoted) \(output.quoted) \(version.quoted)"
        return place.isEmpty ? whole : "\(whole) \(place.quoted)"
    }
}

extension String {
    /// Between quotes, so that what follows can't be taken for a part of it.
    var quoted: String { "\"\(escapedForDisplay)\"" }
}
