/// A number of bytes as people write it: `256MiB`, `1GB`, `512KiB`, `100B`.
package struct ByteSize: Hashable, Sendable, Comparable {
    package enum Unit: String, Sendable, CaseIterable {
        case bytes = "B"
        case kilobytes = "KB"
        case kibibytes = "KiB"
        case megabytes = "MB"
        case mebibytes = "MiB"
        case gigabytes = "GB"
        case gibibytes = "GiB"
        case terabytes = "TB"
        case tebibytes = "TiB"

        package var bytes: Int {
            switch self {
            case .bytes: 1
            case .kilobytes: 1000
            case .kibibytes: 1 << 10
            case .megabytes: 1_000_000
            case .mebibytes: 1 << 20
            case .gigabytes: 1_000_000_000
            case .gibibytes: 1 << 30
            case .terabytes: 1_000_000_000_000
            case .tebibytes: 1 << 40
            }
        }
    }
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    /// A number with a unit, or a bare number of `unit`; nil when it is neither, or too large.
    package init?(_ text: some StringProtocol, unit: Unit) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let letters = text[digits.endIndex...]
        let named = letters.isEmpty ? unit : Unit(rawValue: String(letters))
        guard let number = Int(digits), let named else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: named.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}

/// The canonical text: the largest binary unit that divides it.
extension ByteSize: CustomStringConvertible {
    package var description: String {
        let unit = [Unit.tebibytes, .gibibytes, .mebibytes, .kibibytes].first {
            bytes >= $0.bytes && bytes % $0.bytes == 0
        }
        return "\(bytes / (unit?.bytes ?? 1))\((unit ?? .bytes).rawValue)"
    }
}
