import Fixtures
import Model
import Reconcile
import Review
import Synchronization
import Testing

/// For each base, head and world the exact comment, and what is done once that is merged.
@Suite("What a comment says", .timeLimit(.minutes(3))) struct PreviewScenarioTests {
    @Test(arguments: PreviewScenario.all)
    func `as its golden file, and so it is done`(_ scenario: PreviewScenario) async throws {
        var stage = try await PreviewStage(base: scenario.base, head: scenario.head, onBase: scenario.onBase)
        try await stage.converge(scenario.onBase.isEmpty ? "main" : "main~1")
        if let byHand = scenario.byHand {
            byHand(stage.world)
            try await stage.look()
        }
        let (world, reads) = (stage.world.state.withLock(\.self), stage.world.reads.withLock(\.self))
        var limits = PreviewLimits()
        limits.resources = scenario.resources
        var comment = ""
        do {
            let preview = try await stage.preview(limits)
            #expect(
                stage.world.state.withLock(\.self) == world && stage.world.reads.withLock(\.self) == reads)
            let report = PreviewReport(preview, controller: "shop-prod", branch: "main")
            comment = report.markdown(
                MarkdownStyle(filesURL: "https://git.example.org/shop/infra/blob/\(preview.head.id)"))
            #expect(try PreviewReport(json: report.json()) == report)
            try await expectDone(&stage, preview, report)
        } catch let error as PreviewFailure {
            comment = "\(error)\n"
        }
        #expect(!comment.contains("CANARY"))
        try expectGolden(
            comment, "\(scenario.name.replacing(" ", with: "-").replacing("'", with: "")).md")
    }

    private func expectDone(_ stage: inout PreviewStage, _ preview: Preview, _ report: PreviewReport)
        async throws
    {
        guard report.conflicts.isEmpty, let source = preview["shop"], !source.isRefused,
            report.sources.allSatisfy({ $0.deletes == nil })
        else { return }
        var shown: [ResourceID: Change.Action] = [:]
        for entry in source.plan.entries where entry.layer != .secure {
            shown[entry.id] = entry.change.action == .replace ? .update : entry.change.action
            if preview.after.nodes[entry.id]?.pending?.restraint != nil { shown[entry.id] = nil }
        }
        var done = try await stage.applyMerge()
        for id in source.drifted + source.pending where shown[id] == nil { done[id] = nil }
        for (id, action) in done where shown[id] == nil {
            let (old, new) = (preview.before.nodes[id], preview.after.nodes[id])
            // Who follows others' outputs may only be known once these are, and what is lost is not the merge's doing.
            let isFollower = action == .update && old?.manifest == new?.manifest
            if isFollower || new?.pending?.change.isDriftOnly ?? false { done[id] = nil }
        }
        #expect(done.filter { shown[$0.key] != $0.value } == [:])
        // What was not known yet may come to nothing.
        for (id, action) in shown where done[id] == nil {
            #expect(source.plan[id]?.fields.contains { !$0.after.isKnown } ?? false, "\(id) \(action)")
        }
    }
}
