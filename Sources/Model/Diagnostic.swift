/// A place in a manifest or in the configuration.
package struct ManifestLocation: Sendable, Hashable, CustomStringConvertible, Codable {
    /// Path relative to the source's folder, with forward slashes.
    package var file: String
    /// Counted from 1.
    package var line: Int
    /// In Unicode scalars, counted from 1, as libyaml counts them.
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        (self.file, self.line, self.column) = (file, line, column)
    }
    package var description: String { "\(file):\(line):\(column)" }
}

extension ManifestLocation: Comparable {
    package static func < (left: ManifestLocation, right: ManifestLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// One thing that is wrong with an input, said so that whoever wrote it can mend it.
package struct Diagnostic: Sendable, Hashable, Codable {
    package enum Severity: String, Sendable, Codable { case error, warning }
    package var severity: Severity
    /// Nil where the problem has no place, such as a folder that is missing.
    package var location: ManifestLocation?
    /// Lower case, no full stop.
    package var message: String
    package var hint: String?

    package init(
        _ severity: Severity = .error, at location: ManifestLocation? = nil, _ message: String,
        hint: String? = nil
    ) {
        (self.severity, self.location, self.message, self.hint) = (severity, location, message, hint)
    }
}

extension Diagnostic: CustomStringConvertible {
    package var description: String {
        let place = location.map { "\($0): " } ?? ""
        return "\(place)\(severity.rawValue): \(message)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
