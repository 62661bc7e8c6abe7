/// `ops@example.org`, or `Operations <ops@example.org>`.
package struct MailAddress: Sendable, Hashable {
    /// For people; empty where there is none. May be any text.
    package let name: String
    /// RFC 5321's `local@domain`, in ASCII and without quotes.
    package let address: String

    /// Nil where it is none.
    package init?(_ text: String) {
        let open = text.lastIndex(of: "<")
        let address = open.map { text[text.index(after: $0)...] } ?? text[...]
        guard open == nil || address.hasSuffix(">") else { return nil }
        let parts = (open == nil ? address : address.dropLast()).split(
            separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count),
            (1...255).contains(parts[1].utf8.count),
            parts[0].utf8.allSatisfy(\.isAtom), parts[1].utf8.allSatisfy(\.isHost),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else { return nil }
        self.address = "\(parts[0])@\(parts[1])"
        var name = open.map { text[..<$0] } ?? ""
        while name.last == " " || name.last == "\"" { name.removeLast() }
        while name.first == " " || name.first == "\"" { name.removeFirst() }
        self.name = String(name)
    }

    package var domain: String { String(address.split(separator: "@").last ?? "") }
}

extension UInt8 {
    /// RFC 5322's atext, and the dot.
    fileprivate var isAtom: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "!#$%&'*+-/=?^_`{|}~.".utf8.contains(self)
        }
    }
    fileprivate var isHost: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "-.[]:".utf8.contains(self)
        }
    }
}
