import Model

/// Something wrong in a file whose path is not known here, so that a file is read once for all its places.
struct Problem: Error, Hashable, Sendable {
    var place: Place
    var message: String
    var hint: String?

    init(_ place: Place, _ message: String, hint: String? = nil) {
        (self.place, self.message, self.hint) = (place, message, hint)
    }

    func diagnostic(in file: String) -> Diagnostic {
        Diagnostic(at: ManifestLocation(file: file, place), message, hint: hint)
    }
}

extension ManifestLocation {
    init(file: String, _ place: Place) {
        self.init(file: file, line: Int(place.line), column: Int(place.column))
    }
}
