import Model
import Review

/// Moments and commits that all examples share.
enum Example {
    static let now = Timestamp(seconds: 1_795_269_731)  // 2026-11-21T14:02:11Z
    static func ago(_ seconds: Int, milliseconds: Int = 0) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds - seconds * 1000 - milliseconds)
    }
    static let raise = ReportedCommit("3f2c9e1b7a6d5c4e3f2a1b0c9d8e7f6a5b4c3d2e", "Raise web to 4 instances")
    static let image = ReportedCommit("8a01b44c9e8d7f6a5b4c3d2e1f0a9b8c7d6e5f4a", "Use the new image")

    static func id(_ text: String) -> ResourceID {
        ResourceID(text, project: "shop") ?? ResourceID("job", "shop", text)
    }
    static func plain(_ text: String) -> DisplayValue { DisplayValue(.plain, text) }
    static func lines(_ text: String) -> DisplayValue { DisplayValue(.lines, text) }
    static func secret(_ version: String) -> DisplayValue { DisplayValue(.secret, version) }
    static let unknown = DisplayValue(.unknown)

    static func place(_ file: String, _ line: Int) -> ManifestLocation {
        ManifestLocation(file: file, line: line, column: 1)
    }
    static func plan(_ resources: [PlannedResource], commit: ReportedCommit = image) -> PlanReport {
        var plan = PlanReport(
            source: "shop", project: "shop", commit: commit, observedAt: ago(0, milliseconds: 200),
            madeAt: now,
            resources: resources)
        plan.digest = "7d4fa1c092be"
        return plan
    }

    /// Name and report of every example; each has a golden file in every form.
    static let reports: [(name: String, report: any Report)] =
        plans + providerPlans + previews + states + drifts + resources + applies + commits
}
