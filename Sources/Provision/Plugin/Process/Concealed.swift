import Foundation
import Synchronization

/// The secret values that a provider knows. What it says is shown without them, in whatever form it repeats them.
package final class Concealed: Sendable {
    private struct Patterns {
        /// As they were given.
        var values: Set<String> = []
        /// By the first byte, and then by how many there are.
        var forms: [UInt8: [Int: Set<ArraySlice<UInt8>>]] = [:]
    }
    private let patterns = Mutex(Patterns())

    package init(_ values: some Sequence<String> = [String]()) { add(values) }

    /// An empty value is nobody's secret.
    package func add(_ values: some Sequence<String>) {
        let new = patterns.withLock { known in values.filter { !$0.isEmpty && !known.values.contains($0) } }
        guard !new.isEmpty else { return }
        let forms = new.flatMap(Self.forms).filter { !$0.isEmpty }.map { Array($0.utf8)[...] }
        patterns.withLock { patterns in
            patterns.values.formUnion(new)
            for form in forms { patterns.forms[form[0], default: [:]][form.count, default: []].insert(form) }
        }
    }

    package func hide(in text: String) -> String {
        let patterns = patterns.withLock { $0.forms }
        guard !patterns.isEmpty else { return text }
        // The longest first: one value may begin with another.
        let lengths = patterns.mapValues { $0.keys.sorted(by: >) }
        let bytes = Array(text.utf8)
        var (shown, position, isChanged) = ([UInt8](), 0, false)
        while position < bytes.count {
            let (first, rest) = (bytes[position], bytes[position...])
            let found = lengths[first]?.first { length in
                patterns[first]?[length]?.contains(rest.prefix(length)) ?? false
            }
            if let found {
                shown += Array("(secret)".utf8)
                position += found
                isChanged = true
            } else {
                shown.append(first)
                position += 1
            }
        }
        return isChanged ? String(decoding: shown, as: UTF8.self) : text
    }

    /// As it is, line by line, inside JSON, in a URL, and in base 64.
    private static func forms(of value: String) -> Set<String> {
        var forms: Set<String> = [value]
        // A log has one line at a time, but a line that many texts have gives nothing away.
        let lines = value.split(whereSeparator: \.isNewline).map(String.init)
        if lines.count > 1 { forms.formUnion(lines.filter { $0.count >= 8 }) }
        for options: JSONEncoder.OutputFormatting in [[], .withoutEscapingSlashes] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = options
            guard let json = try? encoder.encode(value) else { continue }
            let escaped = String(decoding: json.dropFirst().dropLast(), as: UTF8.self)
            forms.insert(escaped)
            // Go's own way.
            forms.insert(
                escaped.replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing(
                    "&", with: "\\u0026"))
        }
        // Of a very short value these are letters that any text may have.
        guard value.utf8.count >= 4 else { return forms }
        if let encoded = value.addingPercentEncoding(withAllowedCharacters: unreserved) {
            forms.formUnion([encoded, encoded.replacing("%20", with: "+")])
        }
        let base64 = Data(value.utf8).base64EncodedString()
        let plain = base64.replacing("=", with: "")
        forms.formUnion([base64, plain, plain.replacing("+", with: "-").replacing("/", with: "_")])
        return forms
    }

    private static let unreserved = CharacterSet(charactersIn: "-._~").union(
        CharacterSet(charactersIn: "a"..."z")
    ).union(CharacterSet(charactersIn: "A"..."Z")).union(CharacterSet(charactersIn: "0"..."9"))
}
