extension CtyValue {
    /// By what Terraform orders the items of a set that are no plain values (go-cty's `cty/set_internals.go`): providers pair
    /// the items of what exists with those of a plan by their places. Objects and maps are not told apart here, and need
    /// not be, for within one set they never meet.
    var orderKey: [UInt8] {
        var key: [UInt8] = []
        write(into: &key)
        return key
    }

    private func write(into key: inout [UInt8]) {
        switch self {
        case .unknown, .refined: key.append(UInt8(ascii: "?"))
        case .null: key.append(UInt8(ascii: "~"))
        case .number(let number): key += number.general.utf8
        case .bool(let flag): key.append(UInt8(ascii: flag ? "T" : "F"))
        case .string(let text): key += text.quotedLikeGo.utf8
        case .dynamic(_, let value): value.write(into: &key)
        case .list(let items): Self.write(items, into: &key)
        case .set(let set): Self.write(set.items, into: &key)
        case .object(let fields):
            key.append(UInt8(ascii: "<"))
            for (name, value) in fields.inOrder {
                key += name.quotedLikeGo.utf8
                key.append(UInt8(ascii: ":"))
                value.write(into: &key)
                key.append(UInt8(ascii: ";"))
            }
            key.append(UInt8(ascii: "}"))
        }
    }
    private static func write(_ items: [CtyValue], into key: inout [UInt8]) {
        key.append(UInt8(ascii: "["))
        for item in items {
            item.write(into: &key)
            key.append(UInt8(ascii: ";"))
        }
        key.append(UInt8(ascii: "]"))
    }
}

extension CtyNumber {
    /// As Go's `big.Float` says it in short: ten digits at most, with an exponent where it is very large or very small.
    fileprivate var general: String {
        guard isFinite, text != "0" else { return isFinite ? "0" : text.hasPrefix("-") ? "-Inf" : "+Inf" }
        let sign = text.hasPrefix("-") ? "-" : ""
        let size = text.utf8.drop { $0 == UInt8(ascii: "-") }
        let whole = size.prefix { $0 != UInt8(ascii: ".") }
        let all = Array(whole) + size.dropFirst(whole.count + 1)
        let zeros = all.prefix { $0 == UInt8(ascii: "0") }.count
        var (digits, point) = (Array(all[zeros...]), whole.count - zeros)
        if digits.round(to: 10) { point += 1 }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        func written(_ part: ArraySlice<UInt8>) -> String { String(decoding: part, as: UTF8.self) }
        let exponent = point - 1
        let most = digits.count < 10 && digits.count >= point ? digits.count : 10
        guard exponent >= -4, exponent < most else {
            let rest = digits.count > 1 ? "." + written(digits[1...]) : ""
            let power = String(exponent.magnitude)
            return sign + written(digits[..<1]) + rest + "e" + (exponent < 0 ? "-" : "+")
                + (power.count < 2 ? "0" : "") + power
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + written(digits[...]) }
        if point >= digits.count {
            return sign + written(digits[...]) + String(repeating: "0", count: point - digits.count)
        }
        return sign + written(digits[..<point]) + "." + written(digits[point...])
    }
}

extension [UInt8] {
    /// Decimal digits, a half to the even one; true where there is one more before them then.
    fileprivate mutating func round(to count: Int) -> Bool {
        guard self.count > count else { return false }
        let rest = self[count...]
        self = Array(self[..<count])
        let isHalf =
            rest.first == UInt8(ascii: "5") && rest.dropFirst().allSatisfy { $0 == UInt8(ascii: "0") }
        let goesUp = isHalf ? (last ?? 0) % 2 == 1 : (rest.first ?? 0) >= UInt8(ascii: "5")
        guard goesUp else { return false }
        for index in indices.reversed() {
            if self[index] < UInt8(ascii: "9") {
                self[index] += 1
                return false
            }
            self[index] = UInt8(ascii: "0")
        }
        self = [UInt8(ascii: "1")] + dropLast()
        return true
    }
}

extension String {
    /// With what can't be printed escaped, as Go's `%q` does it.
    fileprivate var quotedLikeGo: String {
        unicodeScalars.reduce(into: "\"") { text, scalar in
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\u{7}": text += "\\a"
            case "\u{8}": text += "\\b"
            case "\u{c}": text += "\\f"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{b}": text += "\\v"
            case _ where scalar.isPrintable: text.unicodeScalars.append(scalar)
            default: text += scalar.escapedLikeGo
            }
        } + "\""
    }
}

extension Unicode.Scalar {
    /// Letters, marks, numbers, punctuation, symbols and the space of ASCII.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            false
        case .spaceSeparator: self == " "
        default: true
        }
    }
    fileprivate var escapedLikeGo: String {
        let hex = String(value, radix: 16)
        let (letter, width) = value < 0x80 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: width - hex.count) + hex
    }
}
