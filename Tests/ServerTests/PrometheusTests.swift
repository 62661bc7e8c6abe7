import CoreMetrics
import Server
import Testing

struct PrometheusTests {
    let registry = PrometheusRegistry(maxSeries: 3)

    @Test func `each type is written as Prometheus reads it`() throws {
        registry.describe("martlet.passes", "passes\nthat ended \\ all")
        counter("martlet.passes", [("stage", "plan"), ("outcome", "done")]).increment(by: 3)
        counter("martlet.passes", [("outcome", "done"), ("stage", "plan")]).increment()
        Gauge(label: "martlet.queue", dimensions: [], factory: registry).record(7)
        Meter(label: "martlet.age", dimensions: [], factory: registry).set(0.25)
        Timer(label: "martlet.pass", dimensions: [], factory: registry).recordMilliseconds(2)
        #expect(
            registry.text().split(separator: "\n").filter { !$0.contains("_bucket") } == [
                "# TYPE martlet_age gauge", "martlet_age 0.25", "# TYPE martlet_pass_seconds histogram",
                "martlet_pass_seconds_sum 0.002", "martlet_pass_seconds_count 1",
                #"# HELP martlet_passes_total passes\nthat ended \\ all"#,
                "# TYPE martlet_passes_total counter",
                #"martlet_passes_total{outcome="done",stage="plan"} 4"#, "# TYPE martlet_queue gauge",
                "martlet_queue 7",
            ])
    }

    @Test func `a histogram's buckets grow, and end with all of it`() throws {
        let timer = Timer(label: "t", dimensions: [("a", "b")], factory: registry)
        for milliseconds in [1, 1, 40, 3000, 9_000_000] { timer.recordMilliseconds(milliseconds) }
        Recorder(label: "r", dimensions: [], aggregate: true, factory: registry).record(5)
        let samples = try Exposition(registry.text()).samples
        let buckets = samples.filter { $0.name == "t_seconds_bucket" }
        #expect(buckets.map(\.value) == buckets.map(\.value).sorted())
        #expect(buckets.first { $0.labels["le"] == "0.001" }?.value == 2)
        #expect(buckets.first { $0.labels["le"] == "0.05" }?.value == 3)
        #expect(buckets.last?.labels == ["a": "b", "le": "+Inf"] && buckets.last?.value == 5)
        #expect(samples.first { $0.name == "t_seconds_sum" }?.value == 9003.042)
        #expect(samples.first { $0.name == "r_bucket" && $0.labels["le"] == "4" }?.value == 0)
        #expect(samples.first { $0.name == "r_bucket" && $0.labels["le"] == "16" }?.value == 1)
    }

    @Test(arguments: ["a\"b\\c\nd", "", "é{}=,", #"\n"#]) func `labels come back as they were`(value: String)
        throws
    {
        counter("9 odd-name", [("odd label", value)]).increment()
        let sample = try #require(try Exposition(registry.text()).samples.first)
        #expect(sample.name == "_9_odd_name_total")
        #expect(sample.labels == ["odd_label": value])
    }

    @Test func `too many labels of one name are counted together`() throws {
        for number in 0..<10 { counter("c", [("n", "\(number)")]).increment() }
        let samples = try Exposition(registry.text()).samples
        #expect(samples.count == 4)
        #expect(samples.first { $0.labels == ["overflow": "true"] }?.value == 7)
        #expect(samples.map(\.value).reduce(0, +) == 10)
    }

    @Test func `what is destroyed is no longer shown, and one name stays of one type`() throws {
        let first = counter("c_total", [])
        first.increment()
        Gauge(label: "c_total_total", dimensions: [], factory: registry).record(9)
        #expect(registry.text() == "# TYPE c_total_total counter\nc_total_total 1\n")
        first.destroy()
        #expect(registry.text() == "")
    }

    @Test func `nothing is lost when all threads count at once`() async throws {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for _ in 0..<1000 {
                        CoreMetrics.Counter(label: "c", dimensions: [("t", "\(task % 4)")], factory: registry)
                            .increment()
                        Timer(label: "d", dimensions: [], factory: registry).recordNanoseconds(1)
                        _ = task == 0 ? registry.text() : ""
                    }
                }
            }
        }
        let samples = try Exposition(registry.text()).samples
        #expect(samples.filter { $0.name == "c_total" }.map(\.value) == [4000, 4000, 4000, 4000])
        #expect(samples.first { $0.name == "d_seconds_count" }?.value == 16000)
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CoreMetrics.Counter {
        CoreMetrics.Counter(label: label, dimensions: dimensions, factory: registry)
    }
}

/// A strict reader of text format 0.0.4: every line is a comment of its family, or a sample of the family
/// before it.
struct Exposition {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }
    enum Fault: Error { case line(String) }
    var samples: [Sample] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Fault.line("no end of line") }
        var family = ""
        var seen: Set<String> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                let words = line.split(separator: " ", maxSplits: 3)
                guard words.count == 4, ["HELP", "TYPE"].contains(words[1]) else {
                    throw Fault.line(String(line))
                }
                family = String(words[2])
                guard words[1] == "HELP" || seen.insert(family).inserted else {
                    throw Fault.line(String(line))
                }
            } else {
                let sample = try Self.sample(line)
                guard sample.name.hasPrefix(family) else { throw Fault.line(String(line)) }
                samples.append(sample)
            }
        }
    }

    private static func sample(_ line: Substring) throws -> Sample {
        guard let space = line.lastIndex(of: " ") else { throw Fault.line(String(line)) }
        let text = String(line[line.index(after: space)...]).replacing("+Inf", with: "inf")
        guard let value = Double(text) else { throw Fault.line(String(line)) }
        let series = line[..<space]
        guard let brace = series.firstIndex(of: "{") else {
            return Sample(name: String(series), labels: [:], value: value)
        }
        guard series.last == "}" else { throw Fault.line(String(line)) }
        let inner = series[series.index(after: brace)...].dropLast()
        return Sample(name: String(series[..<brace]), labels: try labels(inner), value: value)
    }

    private static func labels(_ text: Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        var rest = text
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: "="), rest[equals...].hasPrefix("=\"") else {
                throw Fault.line(String(text))
            }
            let name = String(rest[..<equals])
            rest = rest[equals...].dropFirst(2)
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                switch rest.popFirst() {
                case "n": value += "\n"
                case "\\": value += "\\"
                case "\"": value += "\""
                default: throw Fault.line(String(text))
                }
            }
            labels[name] = value
            if rest.first == "," { rest.removeFirst() }
        }
        return labels
    }
}
