import Model

/// A spec in a file: each value under a key that says what it is.
struct Coded: Codable, Hashable, Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }

    private enum Key: String, CodingKey {
        case null, bool, int, scalar, string, list, map, text, unknown, secret, hidden
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        switch value {
        case .null: try box.encode(true, forKey: .null)
        case .bool(let flag): try box.encode(flag, forKey: .bool)
        case .int(let number): try box.encode(number, forKey: .int)
        case .scalar(let text): try box.encode(text, forKey: .scalar)
        case .string(let text): try box.encode(text, forKey: .string)
        case .list(let items): try box.encode(items.map(Coded.init), forKey: .list)
        case .map(let fields): try box.encode(fields.mapValues(Coded.init), forKey: .map)
        case .text(let parts): try box.encode(parts.map(CodedPart.init), forKey: .text)
        case .unknown: try box.encode(true, forKey: .unknown)
        case .secret(let handle): try box.encode(CodedHandle(handle), forKey: .secret)
        case .hidden(let fingerprint): try box.encode(fingerprint, forKey: .hidden)
        }
    }

    init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        guard let key = box.allKeys.first else {
            throw DecodingError.dataCorrupted(.init(codingPath: box.codingPath, debugDescription: "no value"))
        }
        value =
            switch key {
            case .null: .null
            case .bool: .bool(try box.decode(Bool.self, forKey: key))
            case .int: .int(try box.decode(Int.self, forKey: key))
            case .scalar: .scalar(try box.decode(String.self, forKey: key))
            case .string: .string(try box.decode(String.self, forKey: key))
            case .list: .list(try box.decode([Coded].self, forKey: key).map(\.value))
            case .map: .map(try box.decode([String: Coded].self, forKey: key).mapValues(\.value))
            case .text: .text(try box.decode([CodedPart].self, forKey: key).map(\.part))
            case .unknown: .unknown
            case .secret: .secret(try box.decode(CodedHandle.self, forKey: key).handle)
            case .hidden: .hidden(try box.decode(String.self, forKey: key))
            }
    }
}

private struct CodedPart: Codable {
    var literal: String?
    var local: String?
    var secret: CodedHandle?

    init(_ part: TextPart) {
        switch part {
        case .literal(let text): literal = text
        case .local(let name): local = name
        case .secret(let handle): secret = CodedHandle(handle)
        case .unknown: break
        }
    }
    var part: TextPart {
        literal.map(TextPart.literal) ?? local.map(TextPart.local) ?? secret.map { .secret($0.handle) }
            ?? .unknown
    }
}

private struct CodedHandle: Codable {
    var source: ResourceID
    var output: String
    var version: String
    var place: String?
    var isLeased: Bool

    init(_ handle: SecretHandle) {
        (source, output, version, isLeased) = (handle.source, handle.output, handle.version, handle.isLeased)
        place = handle.place.isEmpty ? nil : handle.place
    }
    var handle: SecretHandle {
        SecretHandle(source, output, version: version, place: place ?? "", isLeased: isLeased)
    }
}
