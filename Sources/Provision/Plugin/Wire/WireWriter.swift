/// Writes a message in the wire format of protobuf 3: what has its default value is left out.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: Int, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        addMessage(field, value)
    }

    mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    mutating func add(_ field: Int, _ number: Int) {
        guard number != 0 else { return }
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: Int64(number)))
    }

    mutating func add(_ field: Int, _ flag: Bool) { add(field, flag ? 1 : 0) }

    /// A message is there even when it is empty.
    mutating func add(_ field: Int, _ write: (inout WireWriter) -> Void) {
        var message = WireWriter()
        write(&message)
        addMessage(field, message.bytes)
    }

    private mutating func addMessage(_ field: Int, _ message: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(message.count))
        bytes += message
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

extension WireWriter {
    mutating func add(_ field: Int, _ value: DynamicValue) {
        add(field) {
            $0.add(1, value.msgpack)
            $0.add(2, value.json)
        }
    }

    mutating func add(_ field: Int, _ value: DynamicValue?) {
        if let value { add(field, value) }
    }

    mutating func add(_ field: Int, identity: DynamicValue?) {
        if let identity { add(field) { $0.add(1, identity) } }
    }

    mutating func add(_ field: Int, _ state: RawState?) {
        guard let state else { return }
        add(field) { $0.add(1, state.json) }
    }

    mutating func add(_ field: Int, _ capabilities: ClientCapabilities) {
        add(field) {
            $0.add(1, capabilities.deferralAllowed)
            $0.add(2, capabilities.writeOnlyAttributesAllowed)
        }
    }
}
