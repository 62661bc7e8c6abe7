import Foundation
import Synchronization

/// The secret values that a provider knows. What it says is shown without them, in whatever form it repeats them.
package final class Concealed: Sendable {
    private struct Patterns {
        /// As they were given.
        var values: Set<String> = []
        /// By the first byte, and then by how many there are.
        var forms: [UInt8: [Int: Set<ArraySlice<UInt8>>]] = [:]
        /// Of all forms.
        var bytes = 0

        mutating func add(_ value: String, _ new: [ArraySlice<UInt8>]) {
            values.insert(value)
            for form in new {
                guard let first = form.first else { continue }
                let isNew = forms[first, default: [:]][form.count, default: []].insert(form).inserted
                bytes += isNew ? form.count : 0
            }
        }
    }
    private struct State {
        var kept = Patterns()
        /// What objects were seen with: tokens that are new at each look would fill the memory in time, so that those
        /// are let go that were not seen for long.
        var (recent, older) = (Patterns(), Patterns())
    }
    private let state = Mutex(State())

    /// How many bytes of what passes are kept at least, and half of how many at most.
    private let room: Int

    package init(_ values: some Sequence<String> = [String](), room: Int = 8 << 20) {
        self.room = room
        add(values)
    }

    /// An empty value is nobody's secret.
    /// - Parameter isPassing: whether it is seen again for as long as it matters.
    package func add(_ values: some Sequence<String>, isPassing: Bool = false) {
        let new = state.withLock { known in
            values.filter {
                !$0.isEmpty && !known.kept.values.contains($0)
                    && !(isPassing && known.recent.values.contains($0))
            }
        }
        guard !new.isEmpty else { return }
        let forms = new.map { value in (value, Self.forms(of: value).map { Array($0.utf8)[...] }) }
        state.withLock { state in
            for (value, forms) in forms {
                if isPassing { state.recent.add(value, forms) } else { state.kept.add(value, forms) }
            }
            if state.recent.bytes > room { (state.older, state.recent) = (state.recent, Patterns()) }
        }
    }

    package func hide(in text: String) -> String {
        let all = state.withLock { [$0.kept, $0.recent, $0.older] }.filter { !$0.values.isEmpty }.map(\.forms)
        guard !all.isEmpty else { return text }
        // The longest first: one value may begin with another.
        let lengths = all.reduce(into: [UInt8: Set<Int>]()) { lengths, forms in
            for (first, found) in forms { lengths[first, default: []].formUnion(found.keys) }
        }
        .mapValues { $0.sorted(by: >) }
        let bytes = Array(text.utf8)
        var (shown, position, isChanged) = ([UInt8](), 0, false)
        while position < bytes.count {
            let (first, rest) = (bytes[position], bytes[position...])
            let found = lengths[first]?.first { length in
                let piece = rest.prefix(length)
                return all.contains { $0[first]?[length]?.contains(piece) ?? false }
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
