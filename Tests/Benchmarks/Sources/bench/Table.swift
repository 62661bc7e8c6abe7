import Foundation

/// A table in Markdown, first column to the left and the others to the right.
struct Table {
    var columns: [String]
    var rows: [[String]] = []

    var markdown: String {
        let rules = columns.indices.map { $0 == 0 ? "---" : "---:" }
        return ([columns, rules] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }
}

extension Sequence<Double> {
    var median: Double {
        let sorted = self.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}

extension Double {
    /// As a time: `2.13 s`, `4.1 ms`.
    var seconds: String {
        self >= 0.1 ? String(format: "%.2f s", self) : String(format: "%.2f ms", self * 1000)
    }
    var ratio: String { String(format: "%.2f ×", self) }
    /// Of one core.
    var percent: String { String(format: "%.2f %%", self * 100) }
    /// As kilobytes, from bytes.
    var kilobytes: String { String(format: "%.0f kB", self / 1e3) }
    /// As megabytes, from bytes.
    var megabytes: String { String(format: self < 1e7 ? "%.1f MB" : "%.0f MB", self / 1e6) }
}

extension Int {
    /// With commas between the thousands.
    var grouped: String {
        var digits = String(self)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
