import Foundation
import Model

extension ResourceID {
    /// The row's key: equal exactly for equal ids, and for any name that a manifest may have the id itself.
    var rowKey: String {
        let base = [kind, project, name].map { $0.escaped }.joined(separator: "/")
        return (key.map { "\(base)[\($0)]" } ?? base).rowKey
    }
}

extension String {
    /// Strings are equal to Swift where SQLite, which compares bytes, would see a difference.
    var rowKey: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }

    fileprivate var escaped: String {
        let special = "/[%"
        guard unicodeScalars.contains(where: special.unicodeScalars.contains) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if special.unicodeScalars.contains(scalar) {
                result += "%\(String(scalar.value, radix: 16))"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
