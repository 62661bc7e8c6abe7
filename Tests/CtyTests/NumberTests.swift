import Cty
import Fixtures
import Testing

@Suite struct NumberTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("+7", "7"), ("007", "7"), ("1.10", "1.1"), ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("-12.500e1", "-125"), ("0.1", "0.1"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    ])
    func `a number is equal however it is written`(written: String, text: String) {
        #expect(CtyNumber(written)?.text == text)
    }

    @Test(arguments: [
        "", "-", ".5", "1.", "1e", "0x10", "1 ", "Infinity", "١", "1e99999", "1_000",
        "1e-9223372036854775808",
    ])
    func `what is no number is none`(text: String) { #expect(CtyNumber(text) == nil) }

    @Test(
        arguments: [
            (0.1, "0.1", false), (0.5, "0.5", true), (1e23, "99999999999999991611392", true),
            (-0x1p63, "-9223372036854775808", true), (0x1p63, "9223372036854775808", true),
            (0x1p-30, "0.000000000931322574615478515625", true), (1e-7, "0.0000001", false),
            (1e200, "1" + String(repeating: "0", count: 200), false), (0, "0", true),
            (-2.25, "-2.25", true), (1_125_899_906_842_624.5, "1125899906842624.5", true),
            (.leastNonzeroMagnitude, nil, false),
        ] as [(Double, String?, Bool)])
    func `a double is read as it was written, a large one exactly, and sent as one only where it is exact`(
        double: Double, text: String?, isExact: Bool
    ) throws {
        let number = try #require(CtyNumber(double))
        if let text { #expect(number.text == text) }
        #expect((number.double != nil) == isExact)
    }

    @Test func `infinity is kept, and no number is none`() {
        #expect(CtyNumber(-Double.infinity)?.double == -.infinity)
        #expect(CtyNumber(Double.nan) == nil)
    }

    @Test func `numbers are ordered by size, whatever their length`() {
        let ordered = ["-100.5", "-99", "-0.02", "-0.01", "0", "0.5", "0.51", "9", "10", "10.01", "1e30"]
        let numbers = ordered.compactMap { CtyNumber($0) }
        #expect(numbers.count == ordered.count)
        var seeded = Seeded(7)
        #expect(numbers.shuffled(using: &seeded).sorted() == numbers)
    }
}
