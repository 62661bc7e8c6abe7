/// One set of labels of one name, safe to change from any thread.
protocol MetricSeries: AnyObject, Sendable {
    static var typeName: String { get }
    static var suffix: String { get }
    /// Lines with `name` and these labels (`a="b",c="d"`, or nothing).
    func text(_ name: String, _ labels: String) -> String
}

/// Everything of one name.
struct MetricFamily: Sendable {
    private static let overflow = #"overflow="true""#

    let label: String
    let name: String
    let type: String
    private var seriesByLabels: [String: any MetricSeries] = [:]

    init(label: String, name: String, type: String) {
        (self.label, self.name, self.type) = (label, name, type)
    }

    var isEmpty: Bool { seriesByLabels.isEmpty }

    mutating func series<Series: MetricSeries>(_ labels: String, limit: Int, make: () -> Series) -> Series {
        let isNew = seriesByLabels[labels] == nil
        let key = isNew && seriesByLabels.count >= limit ? Self.overflow : labels
        if let known = seriesByLabels[key] { return known as? Series ?? make() }
        let series = make()
        if Series.typeName == type { seriesByLabels[key] = series }
        return series
    }
    mutating func remove(_ series: some MetricSeries) {
        seriesByLabels = seriesByLabels.filter { $0.value !== series }
    }

    func text(help: String?) -> String {
        var text = ""
        if let help { text += "# HELP \(name) \(help.escapedHelp)\n" }
        text += "# TYPE \(name) \(type)\n"
        for (labels, series) in seriesByLabels.sorted(by: { $0.key < $1.key }) {
            text += series.text(name, labels)
        }
        return text
    }
}

extension String {
    var metricName: String {
        let name = String(
            unicodeScalars.map { scalar in
                let isPlain =
                    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isPlain || scalar == "_" ? Character(scalar) : "_"
            })
        return name.first?.isNumber ?? true ? "_" + name : name
    }
    fileprivate var escapedHelp: String { replacing("\\", with: "\\\\").replacing("\n", with: "\\n") }
}

extension [(String, String)] {
    /// Sorted by name; of a name that comes twice, the last.
    var labelText: String {
        var labels: [String: String] = [:]
        for (name, value) in self { labels[name.metricName] = value }
        return labels.sorted { $0.key < $1.key }.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }
}
