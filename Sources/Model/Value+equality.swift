/// Byte for byte: a file, a command or a password of the same letters in another Unicode form is another one, though
/// `String` holds them equal. Hashing stays as it is, because equal bytes hash alike.
extension Value {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null), (.unknown, .unknown): true
        case (.bool(let one), .bool(let other)): one == other
        case (.int(let one), .int(let other)): one == other
        case (.scalar(let one), .scalar(let other)), (.string(let one), .string(let other)),
            (.hidden(let one), .hidden(let other)):
            one.hasBytes(of: other)
        case (.list(let one), .list(let other)): one == other
        case (.map(let one), .map(let other)): one == other
        case (.text(let one), .text(let other)): one == other
        case (.secret(let one), .secret(let other)): one == other
        default: false
        }
    }
}

extension TextPart {
    package static func == (left: TextPart, right: TextPart) -> Bool {
        switch (left, right) {
        case (.unknown, .unknown): true
        case (.literal(let one), .literal(let other)), (.local(let one), .local(let other)):
            one.hasBytes(of: other)
        case (.secret(let one), .secret(let other)): one == other
        default: false
        }
    }
}

extension Expression.Part {
    package static func == (left: Expression.Part, right: Expression.Part) -> Bool {
        switch (left, right) {
        case (.literal(let one), .literal(let other)), (.local(let one), .local(let other)):
            one.hasBytes(of: other)
        case (.reference(let one), .reference(let other)): one == other
        default: false
        }
    }
}

extension String {
    fileprivate func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
