import Cty
import Fixtures
import Testing

@Suite struct MsgpackTests {
    /// Bytes that go-cty writes for these.
    @Test(
        arguments: [
            (CtyValue.null, CtyType.string, [0xc0]),
            (.unknown, .string, [0xd4, 0, 0]),
            (.string("hé"), .string, [0xa3, 0x68, 0xc3, 0xa9]),
            (.bool(true), .bool, [0xc3]),
            (.number(CtyNumber(127)), .number, [0x7f]),
            (.number(CtyNumber(-32)), .number, [0xe0]),
            (.number(CtyNumber(-33)), .number, [0xd0, 0xdf]),
            (.number(CtyNumber(200)), .number, [0xcc, 200]),
            (.number(CtyNumber(65_536)), .number, [0xce, 0, 1, 0, 0]),
            (.list([.bool(false)]), .list(.bool), [0x91, 0xc2]),
            (
                .object(["b": .null]), .object(["b": .string, "a": .bool]),
                [0x82, 0xa1, 0x61, 0xc0, 0xa1, 0x62, 0xc0]
            ),
            (
                .dynamic(.string, .string("a")), .dynamic,
                [0x92, 0xc4, 8] + Array("\"string\"".utf8) + [0xa1, 0x61]
            ),
            (
                .set(CtySet([.string("b"), .string("a"), .string("b")])), .set(.string),
                [0x92, 0xa1, 0x61, 0xa1, 0x62]
            ),
        ] as [(CtyValue, CtyType, [UInt8])])
    func `a value has the bytes that Terraform gives it`(value: CtyValue, type: CtyType, bytes: [UInt8])
        throws
    {
        #expect(try value.msgpack(as: type) == bytes)
        #expect(try CtyValue(msgpack: bytes, as: type).msgpack(as: type) == bytes)
    }

    @Test func `numbers go as an integer, an exact double, or else as text`() throws {
        func bytes(_ text: String) throws -> [UInt8] {
            try CtyValue.number(try #require(CtyNumber(text))).msgpack(as: .number)
        }
        #expect(try bytes("0.5") == [0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0])
        #expect(try bytes("0.1") == [0xa3] + Array("0.1".utf8))
        #expect(try bytes("18446744073709551617") == [0xb4] + Array("18446744073709551617".utf8))
    }

    @Test func `what is known about an unknown goes with it as extension 12`() throws {
        var refinement = Refinement()
        refinement.isNotNull = true
        let notNull = CtyValue.refined(refinement)
        #expect(try notNull.msgpack(as: .bool) == [0xc7, 3, 0x0c, 0x81, 1, 0xc2])
        refinement.prefix = "arn:"
        let bytes = try CtyValue.refined(refinement).msgpack(as: .string)
        #expect(try CtyValue(msgpack: bytes, as: .string) == .refined(refinement))
        #expect(try CtyValue(msgpack: bytes, as: .dynamic) == .unknown)
    }

    @Test(
        arguments: [
            ([0x92], CtyType.list(.bool), "cut off"), ([0xc3, 0xc3], .bool, "after its end"),
            ([0xa1, 0xff], .string, "UTF-8"), ([0x81, 0xa1, 0x7a, 0xc0], .object([:]), "'z'"),
            ([0xdd, 0xff, 0xff, 0xff, 0xff], .list(.bool), "cut off"),
            ([0xc7, 3, 5, 1, 2, 3], .bool, "unheard-of"),
        ] as [([UInt8], CtyType, String)])
    func `bytes that are no such value are told so`(bytes: [UInt8], type: CtyType, words: String) throws {
        let error = #expect(throws: CtyError.self) { try CtyValue(msgpack: bytes, as: type) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: Seeded.seeds(40))
    func `any value comes back as it went`(seed: UInt64) throws {
        var random = Random(seed)
        for _ in 0..<25 {
            let type = random.type()
            let value = random.value(of: type)
            let bytes = try value.msgpack(as: type)
            let back = try CtyValue(msgpack: bytes, as: type)
            #expect(back == value)
            #expect(try back.msgpack(as: type) == bytes)
            #expect(try CtyType(json: type.json) == type)
            let known = random.value(of: type, unknowns: false)
            #expect(try CtyValue(JSON(try known.json(as: type).text.utf8), as: type) == known)
        }
    }

    @Test(arguments: Seeded.seeds(20))
    func `no bytes whatever end the program`(seed: UInt64) throws {
        var random = Random(seed)
        let type = random.type()
        let whole = try random.value(of: type).msgpack(as: type)
        for index in whole.indices {
            var bytes = whole
            bytes[index] = UInt8(truncatingIfNeeded: random.numbers.next())
            _ = try? CtyValue(msgpack: bytes, as: type)
            _ = try? CtyValue(msgpack: Array(whole[..<index]), as: type)
        }
    }
}
