/// How the controller says that it is well.
package struct Vitals: Sendable {
    /// Why it should be started again; nil while the loop's heart beats.
    package var trouble: @Sendable () -> String?
    /// Why it should not be asked yet, in a line; nil once everything is loaded.
    package var unready: @Sendable () -> String?

    package init(
        trouble: @escaping @Sendable () -> String?, unready: @escaping @Sendable () -> String?
    ) {
        (self.trouble, self.unready) = (trouble, unready)
    }
}
