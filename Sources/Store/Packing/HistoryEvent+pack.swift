import Model

/// The number is the row's own.
extension HistoryEvent: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("kind", kind.rawValue)
            $0.field("time", time)
            $0.field("source", source)
            $0.field("commit", commit.unlessEmpty)
            $0.field("resource", resource)
            $0.field("cause", cause?.rawValue)
            $0.field("fields", fields.unlessEmpty)
            $0.field("message", message.unlessEmpty)
            $0.field("person", person.unlessEmpty)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        self.init(.other, time: 0, source: "")
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "kind": kind = Kind(rawValue: try unpacker.string()) ?? .other
            case "time": time = try unpacker.int()
            case "source": source = try unpacker.string()
            case "commit": commit = try unpacker.string()
            case "resource": resource = try unpacker.read()
            case "cause": cause = Cause(rawValue: try unpacker.string())
            case "fields": fields = try unpacker.read()
            case "message": message = try unpacker.string()
            case "person": person = try unpacker.string()
            default: try unpacker.skip()
            }
        }
    }
}

extension HistoryEvent.Field: Packable {
    func pack(into packer: inout Packer) { [path, before, after, cause].pack(into: &packer) }
    init(from unpacker: inout Unpacker) throws(PackingError) {
        let parts: [String] = try unpacker.read()
        guard parts.count >= 4 else { throw .missing("cause") }
        self.init(path: parts[0], before: parts[1], after: parts[2], cause: parts[3])
    }
}
