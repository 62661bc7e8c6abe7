/// The patterns of OpenSSH's files.
enum Pattern {
    /// Whether one of a comma-separated list matches, and none that begins with `!` does.
    static func matches(list: some StringProtocol, _ name: String) -> Bool {
        var isMatch = false
        for pattern in list.split(separator: ",") {
            let isNegated = pattern.hasPrefix("!")
            let text = isNegated ? pattern.dropFirst() : pattern[...]
            guard matches(Array(text.utf8)[...], Array(name.utf8)[...]) else { continue }
            if isNegated { return false }
            isMatch = true
        }
        return isMatch
    }

    /// `*` and `?`, in time that is at most quadratic.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (pattern, text) = (pattern, text)
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if let first = pattern.first, first == UInt8(ascii: "*") {
                pattern.removeFirst()
                retry = (pattern, text)
            } else if let first = pattern.first, let character = text.first,
                first == character || first == UInt8(ascii: "?")
            {
                pattern.removeFirst()
                text.removeFirst()
            } else if pattern.isEmpty, text.isEmpty {
                return true
            } else if let last = retry, !last.text.isEmpty {
                (pattern, text) = (last.pattern, last.text.dropFirst())
                retry = (pattern, text)
            } else {
                return false
            }
        }
    }
}
