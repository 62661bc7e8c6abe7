import Fixtures
import Foundation
import Glibc
import HTTPClient
import Testing

/// What is measured can be scraped.
struct MetricsTests {
    @Test
    func `a scrape tells of passes, stages, resources and depths, and no more of a source that is gone`()
        async throws
    {
        let site = try await Site()
        let other = """
              other:
                repository: shop
                path: other
                variables: {root: \(site.root)}
                allow: {roots: [\(site.root)]}
            """
        try site.configure(sources: other)
        for (name, folder) in [("a", "m"), ("b", "other")] {
            try site.git.write(
                hostManifest(
                    name, "file", path: "${var.root}/\(name)", "content: text", reconcile: "onDrift: warn"),
                to: "\(folder)/\(name).yaml")
        }
        try await site.git.commit()
        try await site.serve { run in
            @Sendable func scrape() async -> [String] {
                (await site.ask("/metrics")?.text ?? "").split(separator: "\n").map(String.init)
            }
            try await eventually("both files\n\(run.log)") {
                let lines = await scrape()
                return ["shop", "other"].allSatisfy {
                    lines.contains(#"martlet_resources{layer="provision",source="\#($0)",state="ready"} 1"#)
                }
            }
            let lines = await scrape()
            let stages = ["load", "take", "observe", "plan", "gate", "record", "apply"].map {
                #"martlet_stage_seconds_count{stage="\#($0)"}"#
            }
            for name in stages + [
                "martlet_passes_total", "martlet_pass_seconds_count", "martlet_steps_in_flight",
                "martlet_changes_pending", "martlet_inbox_requests",
                #"martlet_outbox_messages{state="waiting"}"#,
            ] {
                #expect(lines.contains { $0.hasPrefix("\(name) ") }, Comment(rawValue: name))
            }
            try "by hand".write(toFile: "\(site.root)/a", atomically: false, encoding: .utf8)
            try await eventually("drift\n\(run.log)") {
                await scrape().contains(#"martlet_resources_drifted{source="shop"} 1"#)
            }
            try site.configure()
            run.signal(SIGHUP)
            try await eventually("the reload\n\(run.log)") { run.log.contains("configuration reloaded") }
            let answer = try await martlet(["source", "forget", "other", "--config", site.configuration])
            #expect(answer.code == 0, Comment(rawValue: answer.errors))
            try await eventually("the other source gone\n\(run.log)") {
                await !scrape().contains { $0.contains(#"source="other""#) }
            }
        }
    }
}
