extension Line {
    /// Broken between words so that it fits; what follows the first line is indented by `hanging` columns. A word
    /// that is wider than a line stands alone, whole.
    func wrapped(to width: Int, hanging: Int) -> [Line] {
        guard columns > width else { return [self] }
        var lines: [Line] = []
        var (line, used, isFresh) = (Line(), 0, true)
        var space: Piece?
        for word in words {
            if word.isGap {
                space = Piece((space?.text ?? "") + word.text, word.tint)
                if isFresh && lines.isEmpty {
                    (line.pieces, used) = (line.pieces + [word], used + word.text.columns)
                }
                continue
            }
            let gap = isFresh ? 0 : space?.text.columns ?? 0
            if !isFresh && space != nil && used + gap + word.text.columns > width {
                lines.append(line)
                (line, used) = (Line(Piece(String(repeating: " ", count: hanging))), hanging)
            } else if let space, !isFresh {
                (line.pieces, used) = (line.pieces + [space], used + gap)
            }
            (line.pieces, used) = (line.pieces + [word], used + word.text.columns)
            (isFresh, space) = (false, nil)
        }
        return lines + [line]
    }

    /// Words and the spaces between them, each in its colour.
    private var words: [Piece] {
        pieces.flatMap { piece in
            piece.isWhole ? [piece] : piece.text.runs.joiningUnits.map { Piece($0, piece.tint) }
        }
    }
}

extension Piece {
    fileprivate var isGap: Bool { !isWhole && text.first == " " }
}

extension [String] {
    private static let units: Set<Substring> = ["ms", "s", "min", "h", "d", "MiB", "GiB"]

    /// `2 min` is one word.
    fileprivate var joiningUnits: [String] {
        var words: [String] = []
        for run in self {
            let unit = run.prefix { $0.isLetter }
            if Self.units.contains(unit), words.last == " ", words.count > 1,
                words[words.count - 2].last?.isNumber == true
            {
                words.removeLast()
                words[words.count - 1] += " " + run
            } else {
                words.append(run)
            }
        }
        return words
    }
}

extension String {
    /// Cut wherever spaces begin or end.
    fileprivate var runs: [String] {
        var runs: [String] = []
        for character in self {
            if let last = runs.last, (last.last == " ") == (character == " ") {
                runs[runs.count - 1].append(character)
            } else {
                runs.append(String(character))
            }
        }
        return runs
    }
}
