import Model

/// What a value comes down to where a review is kept: nothing of the value, and enough to tell whether another is the
/// same, or the same with what was unknown then known.
///
/// | mark | of |
/// | --- | --- |
/// | 64 hex digits | what is known: SHA-256 of its canonical form |
/// | `-` | what is not known |
/// | `[mark,mark]`, `{key=mark,key=mark}` | a list or a map that holds something unknown; keys as SHA-256 |
/// | `<part+part>` | such a text: `-`, `#` and the SHA-256 of a secret's or a name's place, or a literal's length in bytes, `.` and its SHA-256 |
struct Mark {
    let text: Substring

    init(_ text: some StringProtocol) { self.text = Substring(text) }

    /// Whether `value` is what was marked, or refines it.
    func covers(_ value: Value) -> Bool {
        switch text.first {
        case "-": text == "-"
        case "[": covers(items: value)
        case "{": covers(fields: value)
        case "<": TextMark(text.dropFirst().dropLast()).covers(value)
        default: text == digest(of: value.canonical, bytes: 32)
        }
    }

    private func covers(items value: Value) -> Bool {
        guard case .list(let items) = value else { return false }
        let marks = parts
        return marks.count == items.count && zip(marks, items).allSatisfy { Mark($0).covers($1) }
    }

    private func covers(fields value: Value) -> Bool {
        guard case .map(let fields) = value else { return false }
        let marks = parts
        let byKey = Dictionary(fields.map { (digest(of: $0, bytes: 32), $1) }) { one, _ in one }
        return marks.count == fields.count
            && marks.allSatisfy { part in
                guard let equals = part.firstIndex(of: "="), let field = byKey[String(part[..<equals])] else {
                    return false
                }
                return Mark(part[part.index(after: equals)...]).covers(field)
            }
    }

    /// What stands between the brackets, split at the commas of its own level.
    private var parts: [Substring] {
        let inner = text.dropFirst().dropLast()
        var (parts, start, depth): ([Substring], Substring.Index, Int) = ([], inner.startIndex, 0)
        for index in inner.indices {
            switch inner[index] {
            case "[", "{", "<": depth += 1
            case "]", "}", ">": depth -= 1
            case "," where depth == 0:
                parts.append(inner[start..<index])
                start = inner.index(after: index)
            default: break
            }
        }
        return inner.isEmpty ? [] : parts + [inner[start...]]
    }
}

extension Value {
    /// See `Mark`.
    var mark: String {
        switch self {
        case _ where isKnown: digest(of: canonical, bytes: 32)
        case .list(let items): "[\(items.map(\.mark).joined(separator: ","))]"
        case .map(let fields):
            "{\(fields.map { "\(digest(of: $0, bytes: 32))=\($1.mark)" }.sorted().joined(separator: ","))}"
        case .text(let parts): "<\(parts.map(\.mark).joined(separator: "+"))>"
        default: "-"
        }
    }
}

extension FieldPath {
    /// See `ReviewedChange.Field.path`.
    var mark: String { digest(of: pointer, bytes: 32) }
}

extension TextPart {
    fileprivate var mark: String {
        switch self {
        case .unknown: "-"
        case .literal(let text): "\(text.utf8.count).\(digest(of: text, bytes: 32))"
        case .secret, .local: "#\(digest(of: Value.text([self]).canonical, bytes: 32))"
        }
    }
}

/// The mark of a text: literals and places, with anything where something was unknown.
private struct TextMark {
    private enum Part {
        case literal(length: Int, digest: Substring)
        case place(digest: Substring)
    }
    /// A byte, or a place.
    private enum Unit {
        case byte(UInt8)
        case place(digest: String)
    }
    /// Between what was unknown.
    private let runs: [[Part]]
    /// How many bytes are hashed to find literals before it is given up, and counts as not covered.
    private static let effort = 1 << 22

    init(_ text: Substring) {
        var runs: [[Part]] = [[]]
        for part in text.split(separator: "+") {
            let rest = part.dropFirst()
            switch part.first {
            case "-": runs.append([])
            case "#": runs[runs.count - 1].append(.place(digest: rest))
            default:
                let halves = part.split(separator: ".", maxSplits: 1)
                let length = halves.first.flatMap { Int($0) } ?? .max
                runs[runs.count - 1].append(.literal(length: length, digest: halves.last ?? ""))
            }
        }
        self.runs = runs
    }

    func covers(_ value: Value) -> Bool {
        guard let units = Self.units(of: value), let first = runs.first, let last = runs.last else {
            return false
        }
        guard runs.count > 1 else { return end(of: first, in: units, at: 0) == units.count }
        guard var place = end(of: first, in: units, at: 0) else { return false }
        let start = units.count - length(of: last)
        var effort = 0
        for run in runs.dropFirst().dropLast() where !run.isEmpty {
            var found: Int?
            while found == nil {
                effort += length(of: run)
                guard place + length(of: run) <= start, effort <= Self.effort else { return false }
                found = end(of: run, in: units, at: place)
                if found == nil { place += 1 }
            }
            place = found ?? place
        }
        return start >= place && end(of: last, in: units, at: start) == units.count
    }

    private func length(of run: [Part]) -> Int {
        run.reduce(0) { sum, part in
            if case .literal(let length, _) = part {
                min(sum, .max / 2) + min(length, .max / 2)
            } else {
                sum + 1
            }
        }
    }

    /// Where a run that begins at `start` ends; nil where something else stands there.
    private func end(of run: [Part], in units: [Unit], at start: Int) -> Int? {
        var place = start
        for part in run {
            switch part {
            case .place(let wanted):
                guard units.indices.contains(place), case .place(let found) = units[place], found == wanted
                else { return nil }
                place += 1
            case .literal(let length, let wanted):
                guard length <= units.count - place else { return nil }
                let bytes = units[place..<place + length].compactMap { unit -> UInt8? in
                    if case .byte(let byte) = unit { byte } else { nil }
                }
                guard bytes.count == length,
                    digest(of: String(decoding: bytes, as: UTF8.self), bytes: 32) == wanted
                else { return nil }
                place += length
            }
        }
        return place
    }

    private static func units(of value: Value) -> [Unit]? {
        switch value {
        case .string(let text), .scalar(let text): text.utf8.map(Unit.byte)
        case .text(let parts):
            // What is still unknown is only what anything may be.
            parts.flatMap { part -> [Unit] in
                if case .literal(let text) = part { return text.utf8.map(Unit.byte) }
                return [.place(digest: String(part.mark.dropFirst()))]
            }
        default: nil
        }
    }
}
