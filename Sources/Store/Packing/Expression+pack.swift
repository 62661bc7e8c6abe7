import Model

/// Literal scalars stand as themselves; a literal map or list is wrapped, so that it differs from one of expressions.
extension Expression: Packable {
    func pack(into packer: inout Packer) {
        switch self {
        case .literal(.map(let fields)): packer.extended(.literal) { fields.pack(into: &$0) }
        case .literal(.list(let items)): packer.extended(.literal) { items.pack(into: &$0) }
        case .literal(let value): value.pack(into: &packer)
        case .reference(let reference): packer.extended(.reference) { reference.pack(into: &$0) }
        case .text(let parts): packer.extended(.parts) { parts.pack(into: &$0) }
        case .list(let items): packer.nested { items.pack(into: &$0) }
        case .map(let fields): packer.nested { fields.pack(into: &$0) }
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        let place = unpacker.place
        let token = try unpacker.token()
        switch token {
        case .array(let count):
            try unpacker.descend()
            self = .list(try [Expression](count: count, from: &unpacker))
            unpacker.ascend()
        case .map(let count):
            try unpacker.descend()
            self = .map(try [String: Expression](count: count, from: &unpacker))
            unpacker.ascend()
        case .extended(.literal, let end):
            self = .literal(try Self.composite(&unpacker))
            try unpacker.expectEnd(end)
        case .extended(.reference, let end):
            self = .reference(try unpacker.read())
            try unpacker.expectEnd(end)
        case .extended(.parts, let end):
            self = .text(try unpacker.read())
            try unpacker.expectEnd(end)
        default: self = .literal(try Value(token, at: place, from: &unpacker))
        }
    }

    private static func composite(_ unpacker: inout Unpacker) throws(PackingError) -> Value {
        let place = unpacker.place
        let token = try unpacker.token()
        switch token {
        case .array, .map: return try Value(token, at: place, from: &unpacker)
        default: throw unpacker.unexpected(place)
        }
    }
}

extension Expression.Part: Packable {
    func pack(into packer: inout Packer) {
        switch self {
        case .literal(let text): packer.string(text)
        case .reference(let reference): packer.extended(.reference) { reference.pack(into: &$0) }
        case .local(let name): packer.extended(.local, name)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        let place = unpacker.place
        switch try unpacker.token() {
        case .string(let text): self = .literal(text)
        case .extended(.local, let end): self = .local(try unpacker.text(until: end))
        case .extended(.reference, let end):
            self = .reference(try unpacker.read())
            try unpacker.expectEnd(end)
        default: throw unpacker.unexpected(place)
        }
    }
}
