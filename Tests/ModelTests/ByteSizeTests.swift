import Fixtures
import Testing

@testable import Model

struct ByteSizeTests {
    @Test(arguments: [
        ("256MiB", 256 << 20, "256MiB"), ("1GB", 1_000_000_000, "1000000000B"),
        ("512KiB", 512 << 10, "512KiB"),
        ("100B", 100, "100B"), ("1024", 1 << 30, "1GiB"), ("0", 0, "0B"), ("1024KiB", 1 << 20, "1MiB"),
        ("1TB", 1_000_000_000_000, "976562500KiB"), ("2TiB", 2 << 40, "2TiB"), ("1KB", 1000, "1000B"),
        ("16MB", 16_000_000, "15625KiB"),
    ])
    func `a size is read and written canonically`(text: String, bytes: Int, canonical: String) {
        #expect(ByteSize(text, unit: .mebibytes)?.bytes == bytes)
        #expect(ByteSize(bytes: bytes).description == canonical)
    }

    @Test(arguments: [
        "", " ", "MiB", "-1MiB", "+1MiB", "1.5GiB", "1 MiB", "1MiB ", "1mib", "1M", "1Mi", "1K", "1kB", "1PB",
        "1b",
        "٣MiB", "１MiB", "1\u{301}MiB", "9223372036854775807KiB", "99999999999999999999B", "0x10B", "1e3",
        "1_000",
    ])
    func `what is no size is refused`(text: String) { #expect(ByteSize(text, unit: .bytes) == nil) }

    @Test func `every size is read back from its text`() {
        var random = Seeded(2)
        for unit in ByteSize.Unit.allCases {
            for _ in 0..<100 {
                let size = ByteSize(bytes: Int.random(in: 0...4096, using: &random) * unit.bytes)
                #expect(ByteSize(size.description, unit: .tebibytes) == size)
            }
        }
        #expect(ByteSize(ByteSize(bytes: .max).description, unit: .bytes)?.bytes == .max)
    }

    @Test func `sizes are ordered`() { #expect(ByteSize(bytes: 1000) < ByteSize(bytes: 1 << 10)) }
}
