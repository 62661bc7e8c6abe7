import Model

/// What keeps a signature from being taken, lower case and with no full stop: `its signature …`.
struct SignatureFlaw: Error, Hashable {
    var message: String
    var hint: String?
    init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
}

extension StringProtocol {
    /// In a message: its beginning, and nothing that a terminal obeys.
    var shown: String { String(prefix(80)).escapedForDisplay }
}
