import Reconcile
import Review
import Server
import Store

extension ControllerOperations {
    func frontPage() async throws -> FrontPage {
        let status = try await status(nil)
        var turns: [StoredReport] = []
        for source in status.sources.prefix(100) {
            turns += try controller.store.reports(source: source.name, limit: 5)
        }
        var page = FrontPage(status, turns: turns)
        page.requests = try await requests(nil).requests
        return page
    }

    /// As it is now, where its source is still at its commit.
    func report(_ name: PageSource.ReportName) async throws -> CommitReport {
        let stored =
            switch name {
            case .number(let number): try controller.store.report(number)
            case .commit(let source, let commit): try controller.store.report(source: source, commit: commit)
            }
        guard let stored else { throw PageProblem.unknown }
        var report = try CommitReport(stored, in: controller.store, now: currentMilliseconds())
        report.controller = controller.configuration.name
        let kept = report
        let isPast = stored.next != nil
        if isPast { return kept }
        return try await read { picture in
            var report = kept
            report.look(at: picture, now: currentMilliseconds())
            return report
        }
    }
}
