extension String {
    /// How many columns a terminal gives it.
    var columns: Int {
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : reduce(0) { $0 + $1.columns }
    }

    /// Shortened in the middle, so that both ends can be recognised.
    func shortened(to width: Int) -> String {
        if fits(width) { return self }
        let kept = Swift.max(2, width - 1)
        return prefix(columns: kept - kept / 2) + "…" + suffix(columns: kept / 2)
    }
    /// What two texts have in common is left out, as far as needed, so that their difference is in view.
    static func shortened(_ one: String, _ other: String, to width: Int) -> (String, String) {
        if one.fits(width) && other.fits(width) { return (one, other) }
        let same = zip(one, other).prefix { $0 == $1 }.count
        let (shortOne, shortOther) = (one.shortened(to: width), other.shortened(to: width))
        guard same > 8, shortOne == shortOther || same > width / 3 else { return (shortOne, shortOther) }
        let (tailOne, tailOther) = (String(one.dropFirst(same - 3)), String(other.dropFirst(same - 3)))
        let longest = Swift.max(tailOne.boundedColumns(width), tailOther.boundedColumns(width))
        let lead = one.prefix(columns: Swift.max(4, width - 1 - longest)) + "…"
        let room = width - lead.columns
        return (lead + tailOne.shortened(to: room), lead + tailOther.shortened(to: room))
    }

    /// Cut at its end.
    func cut(to width: Int) -> String {
        fits(width) ? self : width < 1 ? "" : prefix(columns: width - 1) + "…"
    }

    private func boundedColumns(_ width: Int) -> Int { fits(width) ? columns : width }
    private func fits(_ width: Int) -> Bool {
        utf8.count <= width || (utf8.count < 16 * width && columns <= width)
    }
    private func prefix(columns width: Int) -> String {
        var (result, used) = ("", 0)
        for character in self.prefix(width) {
            used += character.columns
            if used > width { break }
            result.append(character)
        }
        return result
    }
    private func suffix(columns width: Int) -> String {
        var (result, used) = ([Character](), 0)
        for character in self.suffix(width).reversed() {
            used += character.columns
            if used > width { break }
            result.append(character)
        }
        return String(result.reversed())
    }
}

extension Character {
    fileprivate var columns: Int {
        unicodeScalars.contains(where: \.isWide) ? 2 : unicodeScalars.allSatisfy(\.isMark) ? 0 : 1
    }
}

extension Unicode.Scalar {
    /// East Asian Width W or F, and emoji that are shown as pictures.
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff,
            0xa000...0xa4cf,
            0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff01...0xff60,
            0xffe0...0xffe6,
            0x17000...0x18cff, 0x1b000...0x1b2ff, 0x20000...0x3fffd:
            true
        case 0xfe0f: true
        default: properties.isEmojiPresentation
        }
    }
    fileprivate var isMark: Bool {
        properties.generalCategory == .nonspacingMark || properties.generalCategory == .enclosingMark
    }
}
