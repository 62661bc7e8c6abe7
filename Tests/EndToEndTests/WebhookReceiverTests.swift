import Foundation
import Glibc
import HTTPClient
import Testing

/// A push is heard of by webhook, and nothing that was said to be taken is lost.
struct WebhookReceiverTests {
    @Test func `a delivery makes a commit so within seconds, once, and is remembered over a restart`()
        async throws
    {
        let hooked = try await HookedSite()
        try await hooked.push("one")
        let seen = try await hooked.site.serve { run in
            let client = try HTTPClient()
            try await hooked.waitFor("one", run)
            #expect(try await hooked.webhookAt() == nil)
            try await hooked.push("two")
            #expect(try await hooked.deliver("d-0", run, by: client, branch: "topic").status == 202)
            let answer = try await hooked.deliver("d-1", run, by: client)
            #expect(answer.status == 202, Comment(rawValue: answer.text))
            try await hooked.waitFor("two", run, within: .seconds(30))
            let again = try await hooked.deliver("d-1", run, by: client)
            #expect(again.status == 202 && again.text.contains(#""outcome":"duplicate""#))
            let wrong = try await hooked.deliver("d-2", run, by: client, signedWith: "not the right secret")
            #expect(wrong.status == 401)
            try await eventually("the cause\n\(run.log)") {
                run.log.contains("header X-Hub-Signature-256 does not fit the secret")
            }
            for (outcome, count) in [("accepted", 1), ("duplicate", 1), ("refused", 1), ("ignored", 1)] {
                let name = #"martlet_hook_deliveries_total{hook="forge",outcome="\#(outcome)"}"#
                #expect(await hooked.metric(name) == count, Comment(rawValue: outcome))
            }
            for name in ["martlet_webhook_seen_timestamp_seconds", "martlet_polled_timestamp_seconds"] {
                let time = try #require(await hooked.metric(#"\#(name){source="shop"}"#))
                #expect(abs(Double(time) - Date().timeIntervalSince1970) < 600)
            }
            let status = try await martlet(["status", "--config", hooked.site.configuration])
            #expect(status.output.contains("webhook seen "), Comment(rawValue: status.output))
            let seen = try #require(try await hooked.webhookAt())
            try await run.crash()
            return seen
        }
        try await hooked.site.serve { run in
            try await hooked.site.waitUntilReady()
            #expect(try await hooked.webhookAt() == seen)
            let client = try HTTPClient()
            let again = try await hooked.deliver("d-1", run, by: client)
            #expect(again.text.contains(#""outcome":"duplicate""#))
        }
    }

    @Test func `what was taken and not fetched is fetched after a kill`() async throws {
        let hooked = try await HookedSite()
        let (here, gone) = (hooked.site.git.path, "\(hooked.site.path)/gone.git")
        try await hooked.push("one")
        try await hooked.site.serve { run in
            let client = try HTTPClient()
            try await hooked.waitFor("one", run)
            try await hooked.push("two")
            try FileManager.default.moveItem(atPath: here, toPath: gone)
            #expect(try await hooked.deliver("d-1", run, by: client).status == 202)
            try await run.crash()
        }
        try FileManager.default.moveItem(atPath: gone, toPath: here)
        let owes = "webhook owes a fetch source=shop"
        try await hooked.site.serve { run in
            try await hooked.waitFor("two", run)
            #expect(run.log.contains(owes))
            run.signal(SIGTERM)
            #expect(try await run.exitCode() == 0)
        }
        try await hooked.site.serve { run in
            try await hooked.site.waitUntilReady()
            #expect(!run.log.contains(owes), Comment(rawValue: run.log))
        }
    }

    @Test func `a fetch that does not succeed is tried again long before the next poll`() async throws {
        let hooked = try await HookedSite()
        let (here, gone) = (hooked.site.git.path, "\(hooked.site.path)/gone.git")
        try await hooked.push("one")
        try await hooked.site.serve { run in
            let client = try HTTPClient()
            try await hooked.waitFor("one", run)
            try await hooked.push("two")
            try FileManager.default.moveItem(atPath: here, toPath: gone)
            #expect(try await hooked.deliver("d-1", run, by: client).status == 202)
            try await eventually("the failure\n\(run.log)") { run.log.contains("fetch did not succeed") }
            try FileManager.default.moveItem(atPath: gone, toPath: here)
            try await hooked.waitFor("two", run)
        }
    }

    @Test func `a thousand deliveries make few passes, and the last push is not lost`() async throws {
        let hooked = try await HookedSite()
        try await hooked.push("one")
        try await hooked.site.serve { run in
            let client = try HTTPClient()
            try await hooked.waitFor("one", run)
            let before = try #require(await hooked.metric("martlet_passes_total"))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for lane in 0..<20 {
                    group.addTask {
                        var taken = 0
                        for number in 0..<50 {
                            if lane == 0, number == 25 { try await hooked.push("two") }
                            taken +=
                                try await hooked.deliver("d-\(lane)-\(number)", run, by: client).status == 202
                                ? 1 : 0
                        }
                        return taken
                    }
                }
                let taken = try await group.reduce(0, +)
                #expect(taken == 1000)
            }
            try await hooked.push("three")
            #expect(try await hooked.deliver("last", run, by: client).status == 202)
            try await hooked.waitFor("three", run)
            let passes = try #require(await hooked.metric("martlet_passes_total")) - before
            #expect(passes < 500, "\(passes) passes")
            #expect(
                await hooked.metric(#"martlet_hook_deliveries_total{hook="forge",outcome="accepted"}"#)
                    == 1001)
        }
    }

    @Test func `a secret of the sealed store is read while it is used, and a rotated one holds`() async throws
    {
        let hooked = try await HookedSite(secrets: "[{secret: forge/hook, key: value}]")
        try await hooked.push("one")
        try await hooked.site.serve { run in
            let client = try HTTPClient()
            try await hooked.waitFor("one", run)
            #expect(try await hooked.deliver("d-1", run, by: client).status == 401)
            try await eventually("the cause\n\(run.log)") {
                run.log.contains("no secret 'forge/hook' in the sealed store")
            }
            for (number, text) in [HookedSite.text, "another secret of the store"].enumerated() {
                try hooked.site.put(text, as: "forge/hook")
                try await eventually(
                    "the secret of version \(number + 1)\n\(run.log)", every: .milliseconds(3100)
                ) {
                    try await hooked.deliver("e-\(number)", run, by: client, signedWith: text).status == 202
                }
            }
            #expect(
                try await hooked.deliver("d-2", run, by: client).status == 401, "the one before holds no more"
            )
            #expect(!run.log.contains("another secret of the store"))
        }
    }
}
