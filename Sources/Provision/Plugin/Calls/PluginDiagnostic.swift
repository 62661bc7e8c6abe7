/// What a provider says about a call, in its own words, with the known secrets left out.
package struct PluginDiagnostic: Sendable, Hashable {
    package enum Severity: Sendable, Hashable { case error, warning }

    package var severity: Severity
    /// One line.
    package var summary: String
    /// Any number of lines; often empty.
    package var detail: String
    /// Empty where it is about the whole.
    package var attribute: AttributePath

    package init(
        _ severity: Severity, _ summary: String, detail: String = "",
        at attribute: AttributePath = AttributePath()
    ) {
        (self.severity, self.summary, self.detail) = (severity, summary, detail)
        self.attribute = attribute
    }
}

extension [PluginDiagnostic] {
    package var errors: [PluginDiagnostic] { filter { $0.severity == .error } }
    package var warnings: [PluginDiagnostic] { filter { $0.severity == .warning } }
}
