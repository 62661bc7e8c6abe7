import Foundation
import Model

extension ResourceID {
    /// The row's key: equal exactly for equal ids, and for nearly every one the id itself.
    var rowKey: String {
        let base = [kind, project, name].map { $0.rowKey(escaping: "%/[\0") }.joined(separator: "/")
        return key.map { "\(base)[\($0.rowKey)]" } ?? base
    }
}

extension String {
    /// Equal exactly for equal strings: SQLite compares bytes, where Swift compares characters, and ends a text at
    /// its first NUL.
    var rowKey: String { rowKey(escaping: "%\0") }

    fileprivate func rowKey(escaping special: String) -> String {
        let special = special.unicodeScalars
        let isPlain = utf8.allSatisfy { $0 < 0x80 } && !unicodeScalars.contains(where: special.contains)
        if isPlain { return self }
        var result = ""
        for scalar in precomposedStringWithCanonicalMapping.unicodeScalars {
            if special.contains(scalar) {
                result += scalar.value < 16 ? "%0\(scalar.value)" : "%\(String(scalar.value, radix: 16))"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
