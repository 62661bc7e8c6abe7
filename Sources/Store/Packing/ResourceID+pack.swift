import Model

extension ResourceID: Packable {
    func pack(into packer: inout Packer) {
        packer.array(key == nil ? 3 : 4)
        packer.string(kind)
        packer.string(project)
        packer.string(name)
        if let key { packer.string(key) }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        let count = try unpacker.arrayCount()
        guard count == 3 || count == 4 else { throw .outOfRange("id") }
        let (kind, project, name) = (try unpacker.string(), try unpacker.string(), try unpacker.string())
        self.init(kind, project, name, key: count == 4 ? try unpacker.string() : nil)
    }
}

extension FieldPath: Packable {
    func pack(into packer: inout Packer) {
        packer.array(components.count)
        for component in components {
            switch component {
            case .key(let key): packer.string(key)
            case .index(let index): packer.int(index)
            }
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var components: [Component] = []
        for _ in 0..<(try unpacker.arrayCount()) {
            let place = unpacker.place
            switch try unpacker.token() {
            case .string(let key): components.append(.key(key))
            case .int(let index): components.append(.index(index))
            default: throw unpacker.unexpected(place)
            }
        }
        self.init(components)
    }
}

extension Reference: Packable {
    func pack(into packer: inout Packer) {
        packer.array(2)
        id.pack(into: &packer)
        path.pack(into: &packer)
    }
    init(from unpacker: inout Unpacker) throws(PackingError) {
        guard try unpacker.arrayCount() == 2 else { throw .outOfRange("reference") }
        self.init(try unpacker.read(), try unpacker.read())
    }
}

extension Lease: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("engine", engine)
            $0.field("handle", handle)
            $0.field("consumer", consumer)
            $0.field("intent", intent)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var engine: String?
        var handle: SecretHandle?
        var consumer: ResourceID?
        var intent: Int?
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "engine": engine = try unpacker.string()
            case "handle": handle = try unpacker.read()
            case "consumer": consumer = try unpacker.read()
            case "intent": intent = try unpacker.int()
            default: try unpacker.skip()
            }
        }
        self.init(
            engine: try engine.required("engine"), handle: try handle.required("handle"),
            consumer: try consumer.required("consumer"), intent: try intent.required("intent"))
    }
}
