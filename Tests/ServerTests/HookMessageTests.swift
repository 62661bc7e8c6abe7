import Fixtures
import Foundation
import HTTPTypes
import Testing

@testable import Server

/// What deliveries say, from the documented forms of each sender.
struct HookMessageTests {
    static let zeros = String(repeating: "0", count: 40)
    static let id = String(repeating: "a1", count: 20)

    private func message(_ provider: HookProvider, _ headers: [String: String], _ body: String) -> HookMessage
    {
        HookMessage(provider, HTTPFields(headers), Array(body.utf8))
    }
    private func verdict(_ message: HookMessage, _ branches: [String] = []) -> HookMessage.Verdict {
        message.verdict(
            HookRoute("forge", .generic, sources: ["shop"], branches: branches) { .success([]) })
    }

    static let forges: [(provider: HookProvider, event: String, id: String)] = [
        (.github, "X-GitHub-Event", "X-GitHub-Delivery"), (.gitea, "X-Gitea-Event", "X-Gitea-Delivery"),
        (.forgejo, "X-Forgejo-Event", "X-Forgejo-Delivery"),
    ]
    @Test(arguments: forges) func `a push to GitHub, Gitea or Forgejo`(
        provider: HookProvider, event: String, id: String
    ) {
        func told(_ name: String, _ body: String) -> HookMessage {
            message(provider, [event: name, id: "d-1"], body)
        }
        let push = told(
            "push", #"{"ref": "refs/heads/main", "after": "\#(Self.id)", "deleted": false, "commits": []}"#)
        #expect(push.ids == ["d-1"])
        #expect(push.meaning == .push([.init(name: "refs/heads/main", isDeleted: false)]))
        #expect(verdict(push) == .fetch && verdict(push, ["main"]) == .fetch)
        #expect(
            verdict(push, ["release/*"])
                == .ignore("'refs/heads/main' is not among the branches of this hook"))
        let deleted = told("push", #"{"ref": "refs/heads/main", "after": "\#(Self.zeros)"}"#)
        #expect(verdict(deleted, ["main"]) == .ignore("a deleted branch changes nothing here"))
        #expect(verdict(told("push", #"{"ref": "refs/heads/main", "deleted": true}"#)) == verdict(deleted))
        #expect(
            told("create", #"{"ref": "v1", "ref_type": "tag"}"#).meaning
                == .push([.init(name: "refs/tags/v1", isDeleted: false)]))
        #expect(told("ping", #"{"zen": "Keep it logically awesome."}"#).meaning == .ping)
        #expect(verdict(told("issues", "{}")) == .ignore("event 'issues' changes nothing here"))
    }

    @Test func `GitHub may send a form`() {
        let headers = [
            "X-GitHub-Event": "push", "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        ]
        let push = message(.github, headers, "payload=%7B%22ref%22%3A+%22refs%2Fheads%2Fmain%22%7D")
        #expect(push.meaning == .push([.init(name: "refs/heads/main", isDeleted: false)]))
    }

    @Test func `a push to GitLab, of a project or the whole system`() {
        func told(_ name: String, _ body: String) -> HookMessage {
            message(
                .gitlab, ["X-Gitlab-Event": name, "Idempotency-Key": "k", "X-Gitlab-Event-UUID": "u"], body)
        }
        let body =
            #"{"object_kind": "push", "event_name": "push", "ref": "refs/heads/main", "after": "\#(Self.id)"}"#
        for name in ["Push Hook", "Tag Push Hook", "System Hook"] {
            #expect(told(name, body).meaning == .push([.init(name: "refs/heads/main", isDeleted: false)]))
        }
        #expect(told("Push Hook", body).ids == ["k"])
        #expect(message(.gitlab, ["X-Gitlab-Event-UUID": "u"], body).ids == ["u"])
        #expect(told("System Hook", #"{"event_name": "user_create"}"#).meaning == .other("user_create"))
        #expect(told("Merge Request Hook", "{}").meaning == .other("Merge Request Hook"))
        let gone = told("Push Hook", body.replacing(Self.id, with: Self.zeros))
        #expect(verdict(gone) == .ignore("a deleted branch changes nothing here"))
    }

    @Test func `a push to Bitbucket, of the cloud or a server`() {
        func told(_ name: String, _ body: String) -> HookMessage {
            message(.bitbucket, ["X-Event-Key": name, "X-Request-UUID": "r", "X-Hook-UUID": "h"], body)
        }
        let cloud = told(
            "repo:push",
            """
            {"push": {"changes": [
                {"new": {"type": "branch", "name": "main"}, "old": null},
                {"new": {"type": "tag", "name": "v1"}}, {"new": null, "old": {"type": "branch", "name": "gone"}}]}}
            """)
        #expect(cloud.ids == ["r"])
        #expect(
            cloud.meaning
                == .push([
                    .init(name: "refs/heads/main", isDeleted: false),
                    .init(name: "refs/tags/v1", isDeleted: false),
                    .init(name: "refs/heads/gone", isDeleted: true),
                ]))
        #expect(verdict(cloud, ["main"]) == .fetch && verdict(cloud, ["refs/tags/*"]) == .fetch)
        #expect(verdict(cloud, ["gone"]) != .fetch)
        let server = told(
            "repo:refs_changed",
            """
            {"changes": [{"ref": {"id": "refs/heads/a", "type": "BRANCH"}, "toHash": "\(Self.zeros)", "type": "DELETE"},
                {"ref": {"id": "refs/heads/b"}, "toHash": "\(Self.id)", "type": "UPDATE"}]}
            """)
        #expect(
            server.meaning
                == .push([
                    .init(name: "refs/heads/a", isDeleted: true),
                    .init(name: "refs/heads/b", isDeleted: false),
                ]))
        #expect(told("diagnostics:ping", #"{"test": true}"#).meaning == .ping)
        #expect(told("pullrequest:created", "{}").meaning == .other("pullrequest:created"))
        #expect(told("repo:push", #"{"push": {"changes": [{"what": 1}]}}"#).meaning == .push([]))
    }

    @Test func `a generic or standard delivery may name its branch`() {
        #expect(message(.generic, [:], "").meaning == .push([]))
        #expect(message(.generic, [:], "").ids == [])
        #expect(message(.generic, [:], #"{"event": "ping"}"#).meaning == .ping)
        let plain = message(.generic, [:], #"{"ref": "main"}"#)
        #expect(plain.meaning == .push([.init(name: "refs/heads/main", isDeleted: false)]))
        let standard = message(
            .standard, ["webhook-id": "msg_1"],
            #"{"type": "pushed", "data": {"ref": "refs/heads/x", "after": "\#(Self.zeros)"}}"#)
        #expect(standard.ids == ["msg_1"])
        #expect(standard.meaning == .push([.init(name: "refs/heads/x", isDeleted: true)]))
        #expect(message(.standard, [:], #"{"type": "ping"}"#).meaning == .ping)
    }

    @Test func `CloudEvents come in headers, alone or in a list`() {
        let binary = message(
            .cloudevents,
            ["ce-id": "1", "ce-source": "/forge", "ce-type": "pushed", "ce-specversion": "1.0"],
            #"{"ref": "refs/heads/main"}"#)
        #expect(binary.ids == ["/forge 1"])
        #expect(binary.meaning == .push([.init(name: "refs/heads/main", isDeleted: false)]))
        let event =
            #"{"specversion": "1.0", "id": "2", "source": "/forge", "type": "pushed", "data": {"ref": "refs/heads/b"}}"#
        let single = message(
            .cloudevents, ["content-type": "application/cloudevents+json; charset=UTF-8"], event)
        #expect(single.ids == ["/forge 2"])
        #expect(single.meaning == .push([.init(name: "refs/heads/b", isDeleted: false)]))
        let batch = message(
            .cloudevents, ["content-type": "application/cloudevents-batch+json"],
            "[\(event), \(event.replacing("\"2\"", with: "\"3\"")), {\"type\": \"x.ping\", \"id\": \"4\", \"source\": \"/\"}]"
        )
        #expect(batch.ids == ["/forge 2", "/forge 3", "/ 4"])
        #expect(verdict(batch, ["b"]) == .fetch && verdict(batch, ["c"]) != .fetch)
        let vague = message(
            .cloudevents, ["content-type": "application/cloudevents-batch+json"],
            "[\(event), {\"type\": \"any\"}]")
        #expect(vague.ids == [] && vague.meaning == .push([]))
        #expect(message(.cloudevents, ["ce-type": "dev.test.ping"], "").meaning == .ping)
    }

    @Test(arguments: [
        ("main", ["main"], true), ("main", ["mai"], false), ("main", ["maint"], false),
        ("release/1", ["release/*"], true),
        ("release/1/2", ["release/*"], true), ("release", ["release/*"], false), ("main", ["*"], true),
        ("aXbXc", ["a*b*c"], true), ("aXbX", ["a*b*c"], false), ("x", ["y", "x"], true), ("main", [], true),
        ("main", ["refs/heads/ma*"], true), ("main", ["refs/tags/*"], false), ("é", ["*é"], true),
        ("a" + String(repeating: "a", count: 2000), [String(repeating: "a*", count: 500) + "b"], false),
    ])
    func `branches are chosen by patterns`(branch: String, patterns: [String], isChosen: Bool) {
        let push = HookMessage(meaning: .push([.init(name: "refs/heads/\(branch)", isDeleted: false)]))
        #expect((verdict(push, patterns) == .fetch) == isChosen)
    }

    @Test func `a tag is no branch`() {
        let push = HookMessage(meaning: .push([.init(name: "refs/tags/main", isDeleted: false)]))
        #expect(verdict(push) == .fetch)
        #expect(verdict(push, ["main"]) != .fetch)
    }

    static let odd = [
        "", "null", "[]", "{", "\"", "\\", "1e999", #"{"ref": 1, "after": [], "deleted": "x"}"#,
        #"{"ref": null}"#, #"{"ref": {"ref": "x"}}"#, #"{"push": {"changes": {}}}"#, #"{"ref": "\ud800"}"#,
        "\u{feff}{}",
        String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 30_000),
        #"{"ref": ""# + String(repeating: "x", count: 300_000) + #""}"#,
        "[" + String(repeating: #"{"id":"1","source":"s"},"#, count: 2000) + "{}]",
    ]
    @Test(arguments: HookProvider.allCases) func `what can't be read is a push to somewhere`(
        provider: HookProvider
    ) {
        let types = [
            "application/json", "application/x-www-form-urlencoded", "application/cloudevents+json",
            "application/cloudevents-batch+json",
        ]
        for body in Self.odd {
            for type in types {
                let message = message(provider, ["content-type": type], body)
                if case .other = message.meaning { Issue.record("\(body.prefix(20)) is \(message)") }
            }
        }
    }

    @Test(arguments: Seeded.seeds(20)) func `no bytes end the process`(seed: UInt64) {
        var random = Seeded(seed)
        let pieces = [
            "{", "}", "[", "]", "\"ref\"", "\"after\"", ":", ",", "\"", "null", "1", "\"push\"",
            "\"changes\"", "\\u", "\u{0}",
            "payload=", "%", "%7b", "&",
        ]
        for provider in HookProvider.allCases {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                if Int.random(in: 0..<4, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
                }
            }
            let type = [
                "application/json", "application/x-www-form-urlencoded", "application/cloudevents-batch+json",
            ]
            let headers = HTTPFields(["content-type": type.randomElement(using: &random) ?? ""])
            let message = HookMessage(provider, headers, bytes)
            #expect(message.ids.count <= HookBody.mostChanges)
        }
    }
}
