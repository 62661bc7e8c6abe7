/// How often something may happen: `60/m`.
package struct HookRate: Sendable, Hashable, CustomStringConvertible {
    package var count: Int
    /// Milliseconds.
    package var period: Int

    package init(_ count: Int = 60, per period: Int = 60_000) { (self.count, self.period) = (count, period) }

    private static let periods = ["s": 1000, "m": 60_000, "h": 3_600_000]

    /// A number from 1 to a million, a slash, and `s`, `m` or `h`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
            parts[0] == String(count), let period = Self.periods[String(parts[1])]
        else { return nil }
        self.init(count, per: period)
    }
    package var description: String {
        let unit = Self.periods.first { $0.value == period }?.key ?? "\(period) ms"
        return "\(count)/\(unit)"
    }
}

/// Holds what may still happen at once, and fills up again at the rate's pace. Times are milliseconds.
struct TokenBucket: Sendable {
    private let rate: HookRate
    /// As many times the period as there are tokens: it grows by the rate's count in each millisecond.
    private var level: Int
    private var filledAt: Int

    init(_ rate: HookRate, now: Int) {
        (self.rate, level, filledAt) = (rate, rate.count * rate.period, now)
    }

    func isOf(_ rate: HookRate) -> Bool { self.rate == rate }

    /// Nothing was taken for so long that a new one would be the same.
    mutating func isFull(now: Int) -> Bool {
        missing(now: now) == 0
    }
    /// How long until it is full, in milliseconds.
    mutating func missing(now: Int) -> Int {
        fill(now)
        return milliseconds(rate.count * rate.period - level)
    }

    /// Nil where one may be taken; else how long until then.
    mutating func wait(now: Int) -> Int? {
        fill(now)
        return level < rate.period ? milliseconds(rate.period - level) : nil
    }
    /// Takes one; where there is none, says how long until there is.
    mutating func take(now: Int) -> Int? {
        let wait = wait(now: now)
        if wait == nil { level -= rate.period }
        return wait
    }

    /// A clock that goes back fills nothing.
    private mutating func fill(_ now: Int) {
        let passed = min(max(0, now - filledAt), rate.period)
        filledAt = now
        level = min(rate.count * rate.period, level + passed * rate.count)
    }
    private func milliseconds(_ level: Int) -> Int { (level + rate.count - 1) / rate.count }
}

/// A bucket for each name, for so many names at most.
struct TokenBuckets: Sendable {
    private var buckets: [String: TokenBucket] = [:]
    private let limit: Int

    init(limit: Int) { self.limit = limit }
    var count: Int { buckets.count }

    /// Without taking one.
    mutating func wait(for name: String, now: Int) -> Int? {
        guard var bucket = buckets[name] else { return nil }
        defer { buckets[name] = bucket }
        return bucket.wait(now: now)
    }

    mutating func take(for name: String, _ rate: HookRate, now: Int) -> Int? {
        var bucket = buckets[name].flatMap { $0.isOf(rate) ? $0 : nil } ?? TokenBucket(rate, now: now)
        if buckets[name] == nil, buckets.count >= limit { makeRoom(now) }
        defer { buckets[name] = bucket }
        return bucket.take(now: now)
    }

    /// Lets go of those that are as good as new; where these are few, of others, so that it need not be done often.
    private mutating func makeRoom(_ now: Int) {
        for (name, var bucket) in buckets where bucket.isFull(now: now) { buckets[name] = nil }
        if buckets.count <= limit * 3 / 4 { return }
        for name in buckets.keys.prefix(limit / 2) { buckets[name] = nil }
    }
}
