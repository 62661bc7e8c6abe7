/// JSON's way to write what lies beyond U+FFFF: two escapes, `\ud83d\ude00`, which libyaml takes for two characters that
/// there are not.
enum JSONText {
    /// The same text with YAML's one escape in the place of two, and behind each such string as many spaces as that saves,
    /// so that no place changes. Nil where no pair stands in it, or it is no JSON and a backslash may be only that.
    static func joiningSurrogates(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var text = Joining(bytes: bytes)
        return text.readAll() && text.hasPair ? text.result : nil
    }

    private struct Joining {
        let bytes: UnsafeRawBufferPointer
        var result: [UInt8] = []
        var hasPair = false
        private var position = 0

        init(bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
            result.reserveCapacity(bytes.count)
        }

        /// Whether all of it is made of JSON's tokens, a string and a colon only where JSON has one: then every `"` begins
        /// or ends a string for YAML too.
        mutating func readAll() -> Bool {
            let first = bytes.first { !$0.isOne(of: " \t\r\n") }
            guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return false }
            var (takesString, takesColon) = (true, false)
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "\""):
                    guard takesString, readString() else { return false }
                    (takesString, takesColon) = (false, true)
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ","):
                    (takesString, takesColon) = (true, false)
                case UInt8(ascii: ":"):
                    guard takesColon else { return false }
                    (takesString, takesColon) = (true, false)
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): break
                case let byte:
                    guard byte.isWord || byte.isOne(of: "]}+-.") else { return false }
                    (takesString, takesColon) = (false, false)
                }
                copy(1)
            }
            return true
        }

        private mutating func readString() -> Bool {
            var saved = 0
            copy(1)
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
                switch bytes[position] {
                case UInt8(ascii: "\""):
                    copy(1)
                    result += repeatElement(UInt8(ascii: " "), count: saved)
                    return true
                case UInt8(ascii: "\\"):
                    guard let scalar = pair else {
                        copy(2)
                        break
                    }
                    let digits = String(scalar, radix: 16)
                    result += "\\U\(String(repeating: "0", count: 8 - digits.count))\(digits)".utf8
                    (position, saved, hasPair) = (position + 12, saved + 2, true)
                default: copy(1)
                }
            }
            return false
        }

        private mutating func copy(_ count: Int) {
            let end = min(position + count, bytes.count)
            result += bytes[position..<end]
            position = end
        }

        /// What two escapes that begin here stand for together.
        private var pair: UInt32? {
            guard let high = escape(at: position), 0xD800..<0xDC00 ~= high,
                let low = escape(at: position + 6), 0xDC00..<0xE000 ~= low
            else { return nil }
            return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        }
        private func escape(at start: Int) -> UInt32? {
            guard start + 6 <= bytes.count, bytes[start..<start + 2].elementsEqual("\\u".utf8) else {
                return nil
            }
            let digits = bytes[start + 2..<start + 6]
            return digits.allSatisfy(\.isWord)
                ? UInt32(String(decoding: digits, as: UTF8.self), radix: 16) : nil
        }
    }
}

extension UInt8 {
    /// A letter, a digit or `_`.
    fileprivate var isWord: Bool {
        let lower = self | 0x20
        return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
            || (self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9")) || self == UInt8(ascii: "_")
    }
    fileprivate func isOne(of text: StaticString) -> Bool { text.withUTF8Buffer { $0.contains(self) } }
}
