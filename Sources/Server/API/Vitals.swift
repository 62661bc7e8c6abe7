/// How the controller says that it is well.
package struct Vitals: Sendable {
    /// Why it should be started again; nil while the loop's heart beats.
    package var trouble: @Sendable () -> String?
    /// Why it should not be asked yet; nil once everything is loaded.
    package var unready: @Sendable () -> Unready?

    /// In a line: for everybody, and with names for who may know them.
    package struct Unready: Sendable, Equatable {
        package var summary: String
        package var details: String
        package init(_ summary: String, details: String) { (self.summary, self.details) = (summary, details) }
    }

    package init(
        trouble: @escaping @Sendable () -> String?, unready: @escaping @Sendable () -> Unready?
    ) {
        (self.trouble, self.unready) = (trouble, unready)
    }
}
