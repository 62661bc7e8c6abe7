import Model

extension Value: Packable {
    func pack(into packer: inout Packer) {
        switch self {
        case .null: packer.null()
        case .bool(let flag): packer.bool(flag)
        case .int(let number): packer.int(number)
        case .string(let text): packer.string(text)
        case .scalar(let text): packer.extended(.scalar, text)
        case .hidden(let fingerprint): packer.extended(.hidden, fingerprint)
        case .unknown: packer.extended(.unknown, "")
        case .secret(let handle): packer.extended(.secret) { handle.pack(into: &$0) }
        case .text(let parts): packer.extended(.text) { parts.pack(into: &$0) }
        case .list(let items): packer.nested { items.pack(into: &$0) }
        case .map(let fields): packer.nested { fields.pack(into: &$0) }
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        let place = unpacker.place
        try self.init(unpacker.token(), at: place, from: &unpacker)
    }

    /// What follows a head that was read already.
    init(_ token: Unpacker.Token, at place: Int, from unpacker: inout Unpacker) throws(PackingError) {
        switch token {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .string(let text): self = .string(text)
        case .array(let count):
            try unpacker.descend()
            self = .list(try [Value](count: count, from: &unpacker))
            unpacker.ascend()
        case .map(let count):
            try unpacker.descend()
            self = .map(try [String: Value](count: count, from: &unpacker))
            unpacker.ascend()
        case .extended(.scalar, let end): self = .scalar(try unpacker.text(until: end))
        case .extended(.hidden, let end): self = .hidden(try unpacker.text(until: end))
        case .extended(.unknown, let end):
            self = .unknown
            try unpacker.expectEnd(end)
        case .extended(.secret, let end):
            self = .secret(try unpacker.read())
            try unpacker.expectEnd(end)
        case .extended(.text, let end):
            self = .text(try unpacker.read())
            try unpacker.expectEnd(end)
        case .extended, .data: throw unpacker.unexpected(place)
        }
    }
}

extension TextPart: Packable {
    func pack(into packer: inout Packer) {
        switch self {
        case .literal(let text): packer.string(text)
        case .unknown: packer.extended(.unknown, "")
        case .secret(let handle): packer.extended(.secret) { handle.pack(into: &$0) }
        case .local(let name): packer.extended(.local, name)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        let place = unpacker.place
        switch try unpacker.token() {
        case .string(let text): self = .literal(text)
        case .extended(.local, let end): self = .local(try unpacker.text(until: end))
        case .extended(.unknown, let end):
            self = .unknown
            try unpacker.expectEnd(end)
        case .extended(.secret, let end):
            self = .secret(try unpacker.read())
            try unpacker.expectEnd(end)
        default: throw unpacker.unexpected(place)
        }
    }
}

extension SecretHandle: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("source", source)
            $0.field("output", output)
            $0.field("version", version)
            $0.field("place", place.unlessEmpty)
            $0.field("leased", isLeased ? true : nil)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var source: ResourceID?
        var output: String?
        var (version, place, isLeased) = ("", "", false)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "source": source = try unpacker.read()
            case "output": output = try unpacker.string()
            case "version": version = try unpacker.string()
            case "place": place = try unpacker.string()
            case "leased": isLeased = try unpacker.bool()
            default: try unpacker.skip()
            }
        }
        self.init(
            try source.required("source"), try output.required("output"), version: version, place: place,
            isLeased: isLeased)
    }
}
