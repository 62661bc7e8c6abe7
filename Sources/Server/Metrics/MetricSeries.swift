import CoreMetrics
import Synchronization

final class Counter: MetricSeries, CounterHandler {
    static let typeName = "counter"
    static let suffix = "_total"
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(max(0, amount), ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
    func text(_ name: String, _ labels: String) -> String {
        sample(name, labels, String(value.load(ordering: .relaxed)))
    }
}

final class FractionCounter: MetricSeries, FloatingPointCounterHandler {
    static let typeName = "counter"
    static let suffix = "_total"
    private let value = Mutex(0.0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }
    func reset() { value.withLock { $0 = 0 } }
    func text(_ name: String, _ labels: String) -> String {
        sample(name, labels, value.withLock { $0 }.metricText)
    }
}

final class Gauge: MetricSeries, MeterHandler, RecorderHandler {
    static let typeName = "gauge"
    static let suffix = ""
    private let value = Mutex(0.0)

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func text(_ name: String, _ labels: String) -> String {
        sample(name, labels, value.withLock { $0 }.metricText)
    }
}

/// Sizes and counts: powers of four.
final class Histogram: MetricSeries, RecorderHandler {
    static let typeName = "histogram"
    static let suffix = ""
    private let buckets = Buckets((0...12).map { Double(1 << (2 * $0)) })

    func record(_ value: Int64) { buckets.add(Double(value)) }
    func record(_ value: Double) { buckets.add(value) }
    func text(_ name: String, _ labels: String) -> String { buckets.text(name, labels) }
}

/// In seconds, from half a millisecond to half an hour.
final class TimeHistogram: MetricSeries, TimerHandler {
    static let typeName = "histogram"
    static let suffix = "_seconds"
    private let buckets = Buckets([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
    ])

    func recordNanoseconds(_ duration: Int64) { buckets.add(Double(duration) / 1e9) }
    func text(_ name: String, _ labels: String) -> String { buckets.text(name, labels) }
}

/// Counts of a histogram's values by size.
final class Buckets: Sendable {
    private struct State {
        /// Of each bound alone; the last is for what is above all.
        var counts: [Int]
        var sum = 0.0
    }
    private let bounds: [Double]
    private let state: Mutex<State>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func add(_ value: Double) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func text(_ name: String, _ labels: String) -> String {
        let state = state.withLock { $0 }
        var (text, total) = ("", 0)
        for (bound, count) in zip(bounds.map(\.metricText) + ["+Inf"], state.counts) {
            total += count
            let all = labels.isEmpty ? "" : labels + ","
            text += sample(name + "_bucket", "\(all)le=\"\(bound)\"", String(total))
        }
        return text + sample(name + "_sum", labels, state.sum.metricText)
            + sample(name + "_count", labels, String(total))
    }
}

private func sample(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
}

extension Double {
    /// As Prometheus writes numbers.
    fileprivate var metricText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
        return self == rounded() && magnitude < 1e15 ? String(Int64(self)) : "\(self)"
    }
}
