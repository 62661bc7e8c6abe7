import Fixtures
import Testing

@testable import ProviderPlugin

@Suite struct WireTests {
    private func fields(_ bytes: [UInt8]) throws(WireError) -> [WireReader.Field] {
        var fields: [WireReader.Field] = []
        try WireReader.each(of: bytes[...]) { field throws(WireError) in fields.append(field) }
        return fields
    }

    @Test(arguments: [1, 127, 128, 300, Int.max, -1, Int.min])
    func `numbers come back as they were`(number: Int) throws {
        var writer = WireWriter()
        writer.add(3, number)
        let read = try fields(writer.bytes)
        #expect(try read.map { try $0.int() } == [number])
        #expect(read.map(\.number) == [3])
    }

    /// The bytes are what Python's protobuf writes for the same message.
    @Test func `a request is written as the protocol's definition has it`() {
        var writer = WireWriter()
        writer.add(1, "aws_s3_bucket")
        writer.add(2, 150)
        writer.add(3, RawState(json: Array("{}".utf8)))
        writer.add(4, DynamicValue())
        writer.add(5, false)
        writer.add(6, "")
        let expected: [UInt8] =
            [0x0a, 13] + Array("aws_s3_bucket".utf8) + [0x10, 0x96, 0x01]
            + [0x1a, 4, 0x0a, 2] + Array("{}".utf8) + [0x22, 0]
        #expect(writer.bytes == expected)
    }

    @Test func `fields of every kind are read, and those that we do not know do no harm`() throws {
        let bytes: [UInt8] = [
            0x0d, 1, 2, 3, 4, 0x11, 1, 0, 0, 0, 0, 0, 0, 0x80, 0x18, 0, 0x22, 2, 0x68, 0x69, 0xf8, 0xff, 0xff,
            0xff, 0x0f, 5,
        ]
        let read = try fields(bytes)
        #expect(read.map(\.number) == [1, 2, 3, 4, (1 << 29) - 1])
        #expect(try read[0].value() == 0x0403_0201)
        #expect(try read[1].value() == 0x8000_0000_0000_0001)
        #expect(try read[3].text() == "hi")
        #expect(try read[4].int() == 5)
    }

    @Test(
        arguments: [
            [0x08], [0x08, 0x80], [0x0a, 5, 1, 2],
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x0d, 1, 2], [0x00, 1], [0x0b], [0x0e],
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        ] as [[UInt8]])
    func `what is no message is refused`(bytes: [UInt8]) {
        #expect(throws: WireError.self) { try fields(bytes) }
    }

    /// Whatever a provider sends ends in a value or an error.
    @Test(arguments: Seeded.seeds(500)) func `any bytes are read without harm`(seed: UInt64) {
        var random = Seeded(seed)
        let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        guard let read = try? fields(bytes) else { return }
        for field in read {
            _ = try? field.diagnostic()
            _ = try? field.identitySchemaEntry()
            _ = try? field.serverCapabilities()
            _ = try? field.deferredReason()
        }
    }

    @Test func `a diagnostic has its severity, words and place`() throws {
        var writer = WireWriter()
        writer.add(4) { diagnostic in
            diagnostic.add(1, 2)
            diagnostic.add(2, "old")
            diagnostic.add(3, "use another")
            diagnostic.add(4) { path in
                path.add(1) { $0.add(1, "rule") }
                path.add(1) { $0.add(3, 2) }
                path.add(1) { $0.add(1, "ports") }
                path.add(1) { $0.add(2, "http") }
            }
        }
        let found = try #require(try fields(writer.bytes).first).diagnostic()
        #expect(found.severity == .warning)
        #expect(found.summary == "old")
        #expect(found.detail == "use another")
        #expect(found.attribute.description == #"rule[2].ports["http"]"#)
    }

    @Test func `a severity that is missing or unknown is an error`() throws {
        for severity in [0, 1, 3, 99] {
            var writer = WireWriter()
            writer.add(1) { $0.add(1, severity) }
            #expect(try #require(try fields(writer.bytes).first).diagnostic().severity == .error)
        }
    }

    @Test func `the two versions of the protocol differ in six names`() {
        let differing = ProviderCall.allCases.filter {
            $0.path(version: 5).split(separator: "/").last != $0.path(version: 6).split(separator: "/").last
        }
        #expect(
            differing.map { $0.path(version: 5) } == [
                "/tfplugin5.Provider/GetSchema", "/tfplugin5.Provider/PrepareProviderConfig",
                "/tfplugin5.Provider/Configure", "/tfplugin5.Provider/ValidateResourceTypeConfig",
                "/tfplugin5.Provider/ValidateDataSourceConfig", "/tfplugin5.Provider/Stop",
            ])
        #expect(
            ProviderCall.applyResourceChange.path(version: 6) == "/tfplugin6.Provider/ApplyResourceChange")
    }

    @Test(arguments: [
        ("plain", "plain"), ("50%25 off", "50% off"), ("%E2%82%AC", "€"), ("100%", "100%"),
        ("%zz%4", "%zz%4"),
        ("%ff", "\u{fffd}"),
    ])
    func `messages of gRPC are decoded`(message: String, text: String) {
        #expect(GRPCStream.decode(message) == text)
    }
}
