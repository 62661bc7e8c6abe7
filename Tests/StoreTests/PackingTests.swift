import Fixtures
import Model
import Testing

@testable import Store

struct PackingTests {
    private func expectRoundTrip<T: Packable & Equatable>(_ value: T) throws {
        let packed = try Packer.packed(value)
        let back = try Unpacker.unpacked(T.self, packed)
        #expect(back == value)
        #expect(try Packer.packed(back) == packed)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `what was packed is unpacked the same`(seed: UInt64) throws {
        var samples = Samples(seed)
        for _ in 0..<10 {
            try expectRoundTrip(samples.value())
            try expectRoundTrip(samples.expression())
            try expectRoundTrip(samples.lease())
        }
        try expectRoundTrip(samples.recorded())
        try expectRoundTrip(samples.step(samples.int(), of: samples.id()))
        try expectRoundTrip(samples.manifest())
        try expectRoundTrip(samples.source())
        try expectRoundTrip(samples.event())
    }

    @Test func `every kind of value has its own bytes`() throws {
        let handle = SecretHandle(
            ResourceID("secret", "shop", "db"), "password", version: "3", isLeased: true)
        let values: [Value] = [
            .null, .bool(true), .int(7), .scalar("7"), .string("7"), .hidden("7"), .unknown, .list([]),
            .map([:]), .text([]), .secret(handle),
            .text([.literal("a"), .unknown, .secret(handle), .local("port.http")]),
        ]
        for value in values { try expectRoundTrip(value) }
        #expect(Set(try values.map { try Packer.packed($0).bytes }).count == values.count)
        for value in values { try expectRoundTrip(Expression.literal(value)) }
    }

    @Test(arguments: [0, 15, 16, 31, 32, 255, 256, 65535, 65536, 70_000])
    func `sizes at every edge of the format come back`(count: Int) throws {
        let text = String(repeating: "x", count: count)
        for value in [Value.string(text), .scalar(text), .hidden(text)] { try expectRoundTrip(value) }
        try expectRoundTrip(Value.list(Array(repeating: .null, count: count)))
        let fields = (0..<count).map { ("key\($0)", Value.int($0)) }
        try expectRoundTrip(Value.map(Dictionary(uniqueKeysWithValues: fields)))
        let (store, place) = (try Store.inMemory(), ResourceID("job", "shop", "web"))
        let record = Recorded.sample(state: Array(repeating: 0xfe, count: count))
        try store.append([.outcome(place, closes: nil, record)], term: try store.takeOver())
        #expect(try store.ledger().records == [place: record])
    }

    @Test func `the keys of a map are sorted`() throws {
        let value = Value.map(["b": .int(1), "a": .int(-1), "c": .scalar("x")])
        let expected: [UInt8] = [0x83, 0xa1, 0x61, 0xff, 0xa1, 0x62, 1, 0xa1, 0x63, 0xc7, 1, 4, 0x78]
        #expect(try Packer.packed(value).bytes == expected)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `changed bytes are an error or another value, never a crash`(seed: UInt64) throws {
        var samples = Samples(seed)
        let step = try Packer.packed(samples.step(7, of: samples.id()))
        let record = try Packer.packed(samples.recorded())
        for packed in [step, record] {
            for _ in 0..<300 {
                var mutated = packed
                for _ in 0...samples.below(3) {
                    mutated.bytes[samples.below(mutated.bytes.count)] = UInt8(samples.below(256))
                }
                if samples.chance(4) { mutated.bytes.removeLast(samples.below(mutated.bytes.count)) }
                _ = try? Unpacker.unpacked(Step.self, mutated)
                _ = try? Unpacker.unpacked(Recorded.self, mutated)
                _ = try? Unpacker.unpacked(Value.self, mutated)
                _ = try? Unpacker.unpacked(Expression.self, mutated)
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `every cut is an error`(seed: UInt64) throws {
        var samples = Samples(seed)
        let packed = try Packer.packed(samples.lease())
        for count in packed.bytes.indices {
            let cut = Packed(bytes: Array(packed.bytes.prefix(count)))
            #expect(throws: PackingError.truncated) { try Unpacker.unpacked(Lease.self, cut) }
        }
    }

    @Test(
        arguments: [
            ([], PackingError.truncated), ([0xc1], .unexpected(byte: 0xc1)),
            ([0xca, 0, 0, 0, 0], .unexpected(byte: 0xca)),
            ([0xc4, 1, 1], .unexpected(byte: 0xc4)), ([0xa1, 0xff], .invalidText), ([0xc0, 0xc0], .trailing),
            ([0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2], .repeatedKey), ([0x81, 1, 1], .unexpected(byte: 1)),
            ([0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0], .truncated), ([0xdf, 0xff, 0xff, 0xff, 0xff], .truncated),
            ([0xdb, 0xff, 0xff, 0xff, 0xff], .truncated), ([0xc7, 0, 99], .unexpected(byte: 99)),
            ([0xc7, 1, 1, 0xc0], .trailing), ([0xcf, 0xff, 0, 0, 0, 0, 0, 0, 0], .unexpected(byte: 0xcf)),
            (Array(repeating: 0x91, count: 300) + [0xc0], .tooDeep),
            (Array(repeating: [0x81, 0xa1, 0x61], count: 300).flatMap { $0 } + [0xc0], .tooDeep),
        ] as [([UInt8], PackingError)])
    func `bytes that hold no value say why`(bytes: [UInt8], error: PackingError) {
        #expect(throws: error) { try Unpacker.unpacked(Value.self, Packed(bytes: bytes)) }
    }

    @Test func `a million nested heads are refused without using up the stack`() {
        for head in [[0x91], [0x81, 0xa1, 0x61], [0xc9, 0, 0, 0xff, 0xff, 7]] as [[UInt8]] {
            let bomb = Packed(bytes: Array(repeating: head, count: 1_000_000).flatMap { $0 })
            #expect(throws: PackingError.self) { try Unpacker.unpacked(Value.self, bomb) }
            #expect(throws: PackingError.self) { try Unpacker.unpacked(Expression.self, bomb) }
            #expect(throws: PackingError.self) { try Unpacker.unpacked(Recorded.self, bomb) }
        }
    }

    @Test func `as deep as may be is kept, deeper is refused`() throws {
        func nested(_ depth: Int) -> Value { (0..<depth).reduce(.null) { value, _ in .list([value]) } }
        try expectRoundTrip(nested(Packer.maxDepth))
        try expectRoundTrip(Expression.literal(nested(Packer.maxDepth)))
        #expect(throws: PackingError.tooDeep) { try Packer.packed(nested(Packer.maxDepth + 1)) }
        let expression = (0..<Packer.maxDepth).reduce(Expression.literal(.null)) { value, _ in
            .map(["a": value])
        }
        try expectRoundTrip(expression)
        #expect(throws: PackingError.tooDeep) { try Packer.packed(Expression.list([expression])) }
    }

    @Test func `a field of a later version is left out, one of an earlier version has its default`() throws {
        let source = try Packer.packed(["name": "shop", "later": "x"])
        let back = try Unpacker.unpacked(SourceRecord.self, source)
        #expect(back == SourceRecord("shop", repository: ""))
        let deep = Value.map(["name": .string("shop"), "later": .list([.map(["a": .text([.unknown])])])])
        #expect(try Unpacker.unpacked(SourceRecord.self, try Packer.packed(deep)) == back)
        #expect(throws: PackingError.missing("name")) {
            try Unpacker.unpacked(SourceRecord.self, try Packer.packed(["later": "x"]))
        }
    }

    @Test func `what must be sealed is put aside, and stands nowhere else`() throws {
        let canary = Array("canary-4711-in-the-state".utf8)
        var record = Samples(1).withRecord { $0 }
        record.observation.state = canary
        record.deposed = [Observation(.ours, state: canary + [0xff, 0xfe])]
        let packed = try Packer.packed(record)
        #expect(packed.aside == [canary, canary + [0xff, 0xfe]])
        #expect(!packed.bytes.contains(canary))
        #expect(throws: PackingError.outOfRange("sealed")) {
            try Unpacker.unpacked(Recorded.self, Packed(bytes: packed.bytes))
        }
    }
}

extension Samples {
    func withRecord<T>(_ body: (Recorded) -> T) -> T {
        var samples = self
        return body(samples.recorded())
    }
}
