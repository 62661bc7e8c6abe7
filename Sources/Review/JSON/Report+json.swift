import Foundation
import Model

extension Report {
    /// Keys sorted, two spaces, a newline at the end; no control or invisible character but as `\u….`
    package func json() throws(EncodingError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let text = String(decoding: try encoder.encode(Document(report: self)), as: UTF8.self)
            return text.escapedInJSON + "\n"
        } catch {
            throw error as? EncodingError
                ?? .invalidValue(Self.schema, .init(codingPath: [], debugDescription: "\(error)"))
        }
    }
    /// Refuses the document of another schema.
    package init(json: String) throws(DecodingError) {
        do {
            self = try JSONDecoder().decode(Document<Self>.self, from: Data(json.utf8)).report
        } catch {
            throw error as? DecodingError
                ?? .dataCorrupted(.init(codingPath: [], debugDescription: "\(error)"))
        }
    }
}

/// A report's own fields, with the schema and the exit code beside them.
private struct Document<R: Report>: Codable {
    let report: R

    enum Key: String, CodingKey { case schema, exitCode }

    init(report: R) { self.report = report }
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let schema = try container.decode(String.self, forKey: .schema)
        guard schema == R.schema else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container, debugDescription: "'\(schema)' is not '\(R.schema)'")
        }
        report = try R(from: decoder)
    }
    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(R.schema, forKey: .schema)
        try container.encode(report.exitCode.rawValue, forKey: .exitCode)
    }
}

extension String {
    /// The same JSON, with nothing in it that a terminal would obey.
    package var escapedInJSON: String { unicodeScalars.map(\.jsonEscaped).joined() }
}

extension Unicode.Scalar {
    /// Whatever a terminal would obey stands only in strings, where JSON takes an escape for it.
    fileprivate var jsonEscaped: String {
        let text = String(self)
        if isASCII || text.escapedForDisplay == text { return isASCII && value == 0x7f ? "\\u007f" : text }
        return text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
