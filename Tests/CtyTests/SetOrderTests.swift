import Testing

@testable import Cty

/// Providers pair a set's items by their places, so these must be Terraform's: what is expected here is what go-cty 1.16
/// gives.
@Suite struct SetOrderTests {
    @Test(arguments: [
        (["1", "10", "2"], ["10", "1", "2"]), (["100", "-1", "20"], ["-1", "100", "20"]),
        (["12345678901", "13", "0.00001", "0.5"], ["0.5", "12345678901", "13", "0.00001"]),
        (
            ["9999999999.5", "1e50", "1e9", "1234567890", "12345678915", "0.0001234", "0.3", "1.25e-7", "0"],
            ["0.0001234", "0.3", "0", "12345678915", "1.25e-7", "1e9", "1234567890", "9999999999.5", "1e50"]
        ),
    ])
    func `numbers inside of objects are ordered as they are written`(numbers: [String], expected: [String]) {
        func objects(_ numbers: [String]) -> [CtyValue] {
            numbers.map { .object(["at": CtyNumber($0).map(CtyValue.number) ?? .null, "who": .null]) }
        }
        #expect(CtySet(objects(numbers)).items == objects(expected))
    }

    @Test(arguments: [
        (["a", "ab", "a b"], ["a b", "a", "ab"]), (["\n", "z", "é", "\u{85}"], ["\n", "\u{85}", "z", "é"]),
        (["\"", "a"], ["\"", "a"]),
        (
            ["\u{200b}", "\u{a0}", "😀", "\\", "\u{7f}", "\u{1}", "b"],
            ["\\", "\u{a0}", "\u{200b}", "\u{1}", "\u{7f}", "b", "😀"]
        ),
    ])
    func `texts inside of objects are ordered as they are quoted`(texts: [String], expected: [String]) {
        let set = CtySet(texts.map { .object(["key": .string($0)]) })
        #expect(set.items.map { $0["key"] } == expected.map(CtyValue.string))
    }

    @Test func `what is not known or null comes last, also inside`() {
        func object(_ value: CtyValue) -> CtyValue { .object(["key": value]) }
        let items = [object(.string("~")), object(.unknown), object(.null), .unknown, .null]
        #expect(CtySet(items.reversed()).items == items)
        let texts = [CtyValue.string("a"), .string("b"), .unknown, .null]
        #expect(CtySet(texts.reversed()).items == texts)
    }
}
