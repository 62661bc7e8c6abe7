import Model

/// A record's row: the id stands in it, because a row's key can't always be read back.
struct NamedRecord: Packable {
    var id: ResourceID
    var record: Recorded

    init(id: ResourceID, record: Recorded) { (self.id, self.record) = (id, record) }

    func pack(into packer: inout Packer) {
        packer.array(2)
        id.pack(into: &packer)
        record.pack(into: &packer)
    }
    init(from unpacker: inout Unpacker) throws(PackingError) {
        guard try unpacker.arrayCount() == 2 else { throw .outOfRange("record") }
        self.init(id: try unpacker.read(), record: try unpacker.read())
    }
}
