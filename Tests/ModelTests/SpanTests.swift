import Fixtures
import Testing

@testable import Model

struct SpanTests {
    @Test(arguments: [
        ("90s", 90_000, "1m30s"), ("1h30m", 5_400_000, "1h30m"), ("250ms", 250, "250ms"),
        ("30d", 2_592_000_000, "30d"), ("0s", 0, "0s"), ("0ms", 0, "0s"), ("1500ms", 1500, "1s500ms"),
        ("24h", 86_400_000, "1d"), ("1s1h", 3_601_000, "1h1s"), ("007m", 420_000, "7m"),
        ("1m1ms", 60_001, "1m1ms"),
    ])
    func `a span is read and written canonically`(text: String, milliseconds: Int, canonical: String) {
        #expect(Span(text) == Span(milliseconds: milliseconds))
        #expect(Span(text)?.description == canonical)
    }

    @Test(arguments: [
        "", " ", "10", "s", "-1s", "+1s", "1.5h", "1 s", " 1s", "1s ", "1S", "1H", "1w", "1y", "1sec", "1s30",
        "1ss",
        "٣s", "１s", "1s\n", "1ｓ", "9223372036854775807s", "99999999999999999999ms",
        "9223372036854775807ms1ms", "1h-30m", "0x10s", "1e3s", "1_000s",
    ])
    func `what is no span is refused`(text: String) { #expect(Span(text) == nil) }

    @Test func `every span is read back from its text`() {
        var random = Seeded(1)
        for limit in [1, 999, 86_400_000, Int.max] {
            for _ in 0..<200 {
                let span = Span(milliseconds: Int.random(in: 0...limit, using: &random))
                #expect(Span(span.description) == span)
            }
        }
        #expect(Span(Span(milliseconds: .max).description)?.milliseconds == .max)
    }

    @Test func `spans are ordered by length`() throws {
        #expect(try #require(Span("59s")) < #require(Span("1m")))
        #expect(try #require(Span("60s")) == #require(Span("1m")))
        #expect(Span(milliseconds: 1500).duration == .milliseconds(1500))
    }
}
