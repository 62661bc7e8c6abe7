import HTTPClient
import HTTPTypes
import Store
import Testing

@testable import Server

/// What forges tell of pull and merge requests, from the documented forms of each.
struct HookRequestTests {
    private static func meaning(_ provider: HookProvider, _ event: String, _ body: String)
        -> HookMessage.Meaning
    {
        var headers: [String: String] = [:]
        if let name = provider.eventHeader { headers[name] = event }
        return HookMessage(provider, HTTPFields(headers), Array(body.utf8)).meaning
    }
    private static func request(_ event: HookRequest.Event, _ number: Int = 7) -> HookMessage.Meaning? {
        HookRequest(event, number).map { .request($0) }
    }

    static let hub = [
        ("opened", HookRequest.Event?.some(.opened)), ("reopened", .reopened), ("synchronize", .pushed),
        ("synchronized", .pushed), ("edited", .edited), ("closed", .closed), ("ready_for_review", .edited),
        ("converted_to_draft", .edited), ("labeled", nil), ("review_requested", nil), ("", nil),
    ]
    @Test(arguments: [HookProvider.github, .gitea, .forgejo], hub)
    func `a pull request of GitHub, Gitea or Forgejo`(
        provider: HookProvider, told: (action: String, event: HookRequest.Event?)
    ) {
        let body =
            #"{"action": "\#(told.action)", "number": 7, "pull_request": {"number": 9, "merged": true}}"#
        let wanted = told.event.flatMap { Self.request($0) } ?? .other("pull_request")
        #expect(Self.meaning(provider, "pull_request", body) == wanted)
    }

    @Test(arguments: [HookProvider.github, .gitea, .forgejo])
    func `a comment beside a pull request, and not one beside an issue`(provider: HookProvider) {
        func told(_ action: String, _ rest: String) -> HookMessage.Meaning {
            Self.meaning(provider, "issue_comment", #"{"action": "\#(action)", \#(rest)}"#)
        }
        let hub =
            #""issue": {"number": 7, "pull_request": {"url": "https://…"}}, "comment": {"body": "/martlet plan"}"#
        #expect(told("created", hub) == Self.request(.commented))
        #expect(told("deleted", hub) == Self.request(.uncommented))
        #expect(told("edited", hub) == .other("issue_comment"), "what we edit ourselves wakes nobody")
        #expect(told("created", #""issue": {"number": 7}, "is_pull": true"#) == Self.request(.commented))
        #expect(told("created", #""issue": {"number": 7, "pull_request": null}"#) == .other("issue_comment"))
        #expect(told("created", #""issue": {"number": "7"}, "is_pull": true"#) == .other("issue_comment"))
    }

    @Test func `a merge request of GitLab`() {
        func told(
            _ attributes: String, _ event: String = "Merge Request Hook", _ kind: String = "merge_request"
        )
            -> HookMessage.Meaning
        {
            Self.meaning(
                .gitlab, event,
                #"{"object_kind": "\#(kind)", "object_attributes": {\#(attributes)}, "merge_request": {"iid": 7}}"#
            )
        }
        for (action, event) in [
            ("open", HookRequest.Event.opened), ("reopen", .reopened), ("close", .closed), ("merge", .closed),
            ("update", .edited),
        ] {
            #expect(told(#""iid": 7, "action": "\#(action)""#) == Self.request(event))
            #expect(told(#""iid": 7, "action": "\#(action)""#, "System Hook") == Self.request(event))
        }
        #expect(told(#""iid": 7, "action": "update", "oldrev": "a1""#) == Self.request(.pushed))
        #expect(told(#""iid": 7, "action": "approved""#) == .other("Merge Request Hook"))
        #expect(told(#""action": "open""#) == .other("Merge Request Hook"))
        let note = #""id": 1, "noteable_type": "MergeRequest", "note": "/martlet plan""#
        #expect(told(note, "Note Hook", "note") == Self.request(.commented))
        #expect(told(note + #", "action": "create""#, "Note Hook", "note") == Self.request(.commented))
        #expect(told(note + #", "action": "update""#, "Note Hook", "note") == .other("Note Hook"))
        #expect(told(#""noteable_type": "Commit""#, "Note Hook", "note") == .other("Note Hook"))
    }

    @Test func `a pull request of Bitbucket`() {
        for (name, event) in [
            ("created", HookRequest.Event.opened), ("updated", .pushed), ("fulfilled", .closed),
            ("rejected", .closed), ("comment_created", .commented), ("comment_deleted", .uncommented),
        ] {
            let body =
                #"{"pullrequest": {"id": 7, "state": "OPEN"}, "comment": {"content": {"raw": "words"}}}"#
            #expect(Self.meaning(.bitbucket, "pullrequest:\(name)", body) == Self.request(event))
        }
        #expect(Self.meaning(.bitbucket, "pullrequest:approved", "{}") == .other("pullrequest:approved"))
        #expect(Self.meaning(.bitbucket, "pullrequest:created", "{}") == .other("pullrequest:created"))
    }

    @Test(arguments: ["0", "-7", "1e300", "1000000001", "7.5", "\"7\"", "null", "[7]", "true"])
    func `what is no number of a request is none`(number: String) {
        let body = #"{"action": "opened", "number": \#(number)}"#
        #expect(Self.meaning(.github, "pull_request", body) == .other("pull_request"))
    }

    @Test func `it is looked at where requests are previewed, whatever branches count for pushes`()
        async throws
    {
        var route = HookRoute("forge", .github, sources: ["shop"], branches: ["main"]) { .success([]) }
        let request = try #require(HookRequest(.opened, 7))
        let message = HookMessage(meaning: .request(request))
        #expect(message.verdict(route) == .ignore("nothing is previewed here for request 7"))
        route.hearsRequests = true
        #expect(message.verdict(route) == .look(7))
        let room = HookRoom()
        room.hearRequests()
        try await RunningServer.run(room) { server in
            let body = #"{"action": "opened", "number": 7, "pull_request": {}}"#
            for outcome in [HookOutcome.accepted, .duplicate] {
                let answer = try await server.post(
                    "forge", body,
                    [
                        "X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "d-1",
                        "X-Hub-Signature-256": HookRoom.sign(body),
                    ])
                #expect(answer.status == 202 && answer.reply?.outcome == outcome)
            }
        }
        #expect(room.kept.map(\.request) == [7, 7] && room.kept.allSatisfy { !$0.asks })
    }
}
