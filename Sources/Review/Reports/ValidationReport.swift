package import Model

/// Every problem of a folder's manifests at once: `martlet validate`.
package struct ValidationReport: Report {
    package static let schema = "martlet/validation/v1"

    /// In the order of their places.
    package var problems: [Diagnostic]
    /// How many were read.
    package var files: Int
    package var resources: Int
    /// In JSON alone, and only where somebody measured.
    package var timings: Timings?

    package struct Timings: Codable, Sendable, Equatable {
        /// From the open folder to all manifests checked, in seconds.
        package var load: Double
        package init(load: Double) { self.load = load }
    }

    package init(problems: [Diagnostic], files: Int, resources: Int) {
        self.problems = problems.sorted { Self.order($0) < Self.order($1) }
        (self.files, self.resources) = (files, resources)
    }
    package var exitCode: ExitCode { problems.contains { $0.severity == .error } ? .error : .done }

    /// What has no place comes first: it concerns everything.
    private static func order(_ problem: Diagnostic) -> ManifestLocation {
        problem.location ?? ManifestLocation(file: "", line: 0, column: 0)
    }
}
