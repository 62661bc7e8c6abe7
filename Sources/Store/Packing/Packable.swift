extension String: Packable {
    func pack(into packer: inout Packer) { packer.string(self) }
    init(from unpacker: inout Unpacker) throws(PackingError) { self = try unpacker.string() }
}

extension Int: Packable {
    func pack(into packer: inout Packer) { packer.int(self) }
    init(from unpacker: inout Unpacker) throws(PackingError) { self = try unpacker.int() }
}

extension Bool: Packable {
    func pack(into packer: inout Packer) { packer.bool(self) }
    init(from unpacker: inout Unpacker) throws(PackingError) { self = try unpacker.bool() }
}

extension Array: Packable where Element: Packable {
    func pack(into packer: inout Packer) {
        packer.array(count)
        for element in self { element.pack(into: &packer) }
    }
    init(from unpacker: inout Unpacker) throws(PackingError) {
        try self.init(count: unpacker.arrayCount(), from: &unpacker)
    }
    init(count: Int, from unpacker: inout Unpacker) throws(PackingError) {
        self = []
        // A count is only a claim: memory grows with what is really there.
        reserveCapacity(Swift.min(count, 1024))
        for _ in 0..<count { append(try Element(from: &unpacker)) }
    }
}

extension Set: Packable where Element: Packable & Comparable {
    func pack(into packer: inout Packer) { sorted().pack(into: &packer) }
    init(from unpacker: inout Unpacker) throws(PackingError) { self = Set(try [Element](from: &unpacker)) }
}

extension Dictionary: Packable where Key == String, Value: Packable {
    func pack(into packer: inout Packer) {
        packer.map(count)
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            packer.string(key)
            value.pack(into: &packer)
        }
    }
    init(from unpacker: inout Unpacker) throws(PackingError) {
        try self.init(count: unpacker.mapCount(), from: &unpacker)
    }
    init(count: Int, from unpacker: inout Unpacker) throws(PackingError) {
        self.init(minimumCapacity: Swift.min(count, 1024))
        for _ in 0..<count {
            let key = try unpacker.string()
            let value = try Value(from: &unpacker)
            guard updateValue(value, forKey: key) == nil else { throw .repeatedKey }
        }
    }
}

extension Optional {
    /// A field without which the whole makes no sense.
    func required(_ name: String) throws(PackingError) -> Wrapped {
        guard let self else { throw .missing(name) }
        return self
    }
}

extension Collection {
    /// For a field that is left out when empty.
    var unlessEmpty: Self? { isEmpty ? nil : self }
}

extension Unpacker {
    /// One of a few words.
    mutating func choice<Choice: RawRepresentable<String>>(_ name: String) throws(PackingError) -> Choice {
        guard let choice = Choice(rawValue: try string()) else { throw .outOfRange(name) }
        return choice
    }
}
