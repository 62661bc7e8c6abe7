package import CoreMetrics
import Synchronization

/// All that was measured, for Prometheus to read. A counter's name gets `_total`, a timer's `_seconds`; what
/// is no letter, digit or `_` in a name becomes `_`.
package final class PrometheusRegistry: Sendable {
    private let families = Mutex<[String: MetricFamily]>([:])
    private let help = Mutex<[String: String]>([:])
    private let maxSeries: Int

    /// Beyond `maxSeries` of one name, what has new labels is counted together, under `overflow="true"`.
    package init(maxSeries: Int = 1000) { self.maxSeries = maxSeries }

    /// Text format 0.0.4, by name and then by labels.
    package func text() -> String {
        let families = families.withLock { $0.values.sorted { $0.name < $1.name } }
        let help = help.withLock { $0 }
        return families.map { $0.text(help: help[$0.label]) }.joined()
    }

    /// What a metric is, in a line.
    package func describe(_ label: String, _ text: String) { help.withLock { $0[label] = text } }

    /// The series of a name and its labels. One name is of one type: another type's is measured, and not
    /// shown.
    func series<Series: MetricSeries>(
        _ label: String, _ dimensions: [(String, String)], as type: Series.Type, make: () -> Series
    ) -> Series {
        let name = label.metricName + Series.suffix
        return families.withLock { families in
            var family =
                families[name] ?? MetricFamily(label: label, name: name, type: Series.typeName)
            let series = family.series(dimensions.labelText, limit: maxSeries, make: make)
            families[name] = family
            return series
        }
    }
    func remove(_ series: some MetricSeries) {
        families.withLock { families in
            for name in families.keys { families[name]?.remove(series) }
            families = families.filter { !$0.value.isEmpty }
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, as: Counter.self) { Counter() }
    }
    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
        -> any FloatingPointCounterHandler
    { series(label, dimensions, as: FractionCounter.self) { FractionCounter() } }
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, as: Gauge.self) { Gauge() }
    }
    /// A histogram where it aggregates, else a gauge.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
        -> any RecorderHandler
    {
        guard aggregate else { return series(label, dimensions, as: Gauge.self) { Gauge() } }
        return series(label, dimensions, as: Histogram.self) { Histogram() }
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, as: TimeHistogram.self) { TimeHistogram() }
    }
    package func destroyCounter(_ handler: any CounterHandler) {
        if let series = handler as? Counter { remove(series) }
    }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        if let series = handler as? FractionCounter { remove(series) }
    }
    package func destroyMeter(_ handler: any MeterHandler) {
        if let series = handler as? Gauge { remove(series) }
    }
    package func destroyRecorder(_ handler: any RecorderHandler) {
        if let series = handler as? any MetricSeries { remove(series) }
    }
    package func destroyTimer(_ handler: any TimerHandler) {
        if let series = handler as? TimeHistogram { remove(series) }
    }
}
