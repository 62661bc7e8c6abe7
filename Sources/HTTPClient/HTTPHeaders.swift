/// Headers in the order they are sent or came in. Names are compared without regard to case.
package struct HTTPHeaders: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: String
    }
    package private(set) var fields: [Field] = []

    package init() {}

    /// The first value of a name; setting replaces every one, nil removes them.
    package subscript(name: String) -> String? {
        get { fields.first { $0.name.equalsIgnoringCase(name) }?.value }
        set {
            fields.removeAll { $0.name.equalsIgnoringCase(name) }
            if let newValue { append(name, newValue) }
        }
    }
    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.equalsIgnoringCase(name) }.map(\.value)
    }
    package mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }
    /// Adds to the last value: how an old server goes on with a header in the next line.
    mutating func extendLast(_ text: String) {
        guard !fields.isEmpty else { return }
        fields[fields.count - 1].value += " " + text
    }
    /// Only these names.
    func keeping(_ names: Set<String>) -> HTTPHeaders {
        var kept = HTTPHeaders()
        kept.fields = fields.filter { names.contains($0.name.lowercased()) }
        return kept
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}

extension String {
    fileprivate func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0 == $1 || $0.lowercasedASCII == $1.lowercasedASCII }
    }
}

extension UInt8 {
    fileprivate var lowercasedASCII: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
}
