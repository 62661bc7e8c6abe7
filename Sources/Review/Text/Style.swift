/// How text is laid out; who prints decides it from the terminal, `NO_COLOR` and the environment.
package struct Style: Sendable, Equatable {
    /// Colour only adds: nothing is said by it alone.
    package var colour: Bool
    /// In columns, at least 40.
    package var width: Int
    /// Of the reader's clock, in seconds east of UTC.
    package var utcOffset: Int

    package init(colour: Bool = false, width: Int = 80, utcOffset: Int = 0) {
        (self.colour, self.width, self.utcOffset) = (colour, max(40, width), utcOffset)
    }
}

enum Tint: String {
    case plain = "0"
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case alarm = "1;31"
}

/// A run of text in one colour, safe for a terminal whatever it was made from.
struct Piece: ExpressibleByStringLiteral {
    let text: String
    let tint: Tint
    /// An id or a path: a line never breaks inside it.
    let isWhole: Bool

    init(_ text: String, _ tint: Tint = .plain, isWhole: Bool = false) {
        (self.text, self.tint, self.isWhole) = (text.safeForDisplay, tint, isWhole)
    }
    init(stringLiteral text: String) { self.init(text) }
    static func id(_ text: String, _ tint: Tint = .plain) -> Piece { Piece(text, tint, isWhole: true) }
    /// Between a glyph and what it marks; no line breaks there.
    static let gap = Piece(" ", isWhole: true)
    static func dim(_ text: String) -> Piece { Piece(text, .dim) }
}

/// One line of output.
struct Line {
    var pieces: [Piece]

    init(_ pieces: Piece...) { self.pieces = pieces }
    init(_ pieces: [Piece]) { self.pieces = pieces }

    var columns: Int { pieces.reduce(0) { $0 + $1.text.columns } }
    var isEmpty: Bool { pieces.allSatisfy(\.text.isEmpty) }

    mutating func append(_ pieces: Piece...) { self.pieces += pieces }
    /// Filled with spaces up to a column.
    func padded(to column: Int) -> Line {
        Line(pieces + [Piece(String(repeating: " ", count: max(0, column - columns)))])
    }

    func rendered(colour: Bool) -> String {
        var kept = pieces[...]
        while let last = kept.last, last.text.allSatisfy({ $0 == " " }) { kept.removeLast() }
        var runs: [(text: String, tint: Tint)] = []
        for piece in kept where !piece.text.isEmpty {
            if let last = runs.last, last.tint == piece.tint {
                runs[runs.count - 1].text += piece.text
            } else {
                runs.append((piece.text, piece.tint))
            }
        }
        if let last = runs.last { runs[runs.count - 1].text = last.text.trimmingSpaces }
        return runs.map { text, tint in
            colour && tint != .plain ? "\u{1b}[\(tint.rawValue)m\(text)\u{1b}[0m" : text
        }.joined()
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
