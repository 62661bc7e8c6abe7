import NIOCore
import Testing

@testable import Server

struct HookRateTests {
    @Test(arguments: [
        ("60/m", HookRate(60, per: 60_000)), ("1/s", HookRate(1, per: 1000)),
        ("1000000/h", HookRate(1_000_000, per: 3_600_000)),
        ("0/m", nil), ("-1/m", nil), ("+1/m", nil), ("01/m", nil), ("1000001/h", nil), ("60", nil),
        ("60/d", nil), ("60/m/s", nil),
        ("/m", nil), ("", nil), ("99999999999999999999/s", nil),
    ])
    func `a rate is a number and a unit`(text: String, rate: HookRate?) {
        #expect(HookRate(text) == rate)
        if let rate { #expect("\(rate)" == text) }
    }

    @Test func `so many at once, and then one after the other`() {
        var bucket = TokenBucket(HookRate(3), now: 0)
        #expect((0..<3).allSatisfy { _ in bucket.take(now: 0) == nil })
        #expect(bucket.take(now: 0) == 20_000)
        #expect(bucket.take(now: 15_000) == 5000)
        #expect(bucket.take(now: 20_000) == nil)
        #expect(bucket.take(now: 20_000) == 20_000)
        #expect((0..<4).map { _ in bucket.take(now: 10_000_000) == nil } == [true, true, true, false])
        #expect(bucket.take(now: 0) == 20_000, "a clock that goes back fills nothing")
    }

    @Test func `the memory of many names has a bound`() {
        var buckets = TokenBuckets(limit: 100)
        for name in 0..<10_000 { _ = buckets.take(for: "\(name)", HookRate(3), now: 0) }
        #expect(buckets.count <= 100)
        for name in 0..<50 { _ = buckets.take(for: "again \(name)", HookRate(3), now: 1_000_000) }
        #expect(buckets.count <= 100)
        #expect(buckets.wait(for: "nobody", now: 0) == nil)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "20:1:d:b8:0:1:0:2"),
        ("2001:db8:1:2::9", "20:1:d:b8:0:1:0:2"), ("nowhere", nil), ("", nil), ("/tmp/s", nil),
    ])
    func `failures of one network count together`(text: String, network: String?) {
        #expect(Clients.network(text) == network)
    }
}
