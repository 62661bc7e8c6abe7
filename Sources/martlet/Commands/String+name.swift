extension String {
    /// Made into a name as manifests and the configuration take it (`a-z`, `0-9`, `-`); nil where nothing is left.
    var asName: String? {
        let letters = lowercased().unicodeScalars.map { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let parts = letters.split(separator: "-").map { String($0) }
        let name = parts.joined(separator: "-").prefix(63)
        return name.isEmpty ? nil : String(name.hasSuffix("-") ? name.dropLast() : name)
    }
}
