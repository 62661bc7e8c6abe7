import Foundation
import HTTPTypes

/// What a delivery says. It is a hint: it decides whether anything is fetched, and nothing of what is applied.
struct HookMessage: Sendable, Hashable {
    enum Meaning: Sendable, Hashable {
        /// Somebody tries the hook.
        case ping
        /// Something was pushed: where to, as far as that is known.
        case push([Reference])
        /// Something happened to a pull or merge request.
        case request(HookRequest)
        /// An event of another type, by its name.
        case other(String)
    }
    struct Reference: Sendable, Hashable {
        /// Whole: `refs/heads/main`.
        var name: String
        var isDeleted: Bool
    }
    var meaning: Meaning
    /// As the sender names the delivery, or the events in it.
    var ids: [String] = []

    /// What is to be done about it.
    enum Verdict: Sendable, Hashable {
        case pong
        case fetch
        /// The forge is asked how a request of this number stands.
        case look(Int)
        /// In words, for the sender.
        case ignore(String)
    }

    func verdict(_ route: HookRoute) -> Verdict {
        switch meaning {
        case .ping: return .pong
        case .request(let request):
            if route.hearsRequests { return .look(request.number) }
            return .ignore("nothing is previewed here for request \(request.number)")
        case .other(let event): return .ignore("event '\(event.prefix(100))' changes nothing here")
        case .push(let references):
            // What a sender does not say, the fetch finds out.
            if references.isEmpty { return .fetch }
            let present = references.filter { !$0.isDeleted }
            if present.isEmpty { return .ignore("a deleted branch changes nothing here") }
            if present.contains(where: { route.follows($0.name) }) { return .fetch }
            return .ignore("'\(present[0].name.prefix(200))' is not among the branches of this hook")
        }
    }
}

extension HookMessage {
    /// Reads a delivery that is believed already. Takes any bytes: what can't be understood is a push to somewhere.
    init(_ provider: HookProvider, _ headers: HTTPFields, _ body: [UInt8]) {
        let event = provider.eventHeader.flatMap { headers.value($0) }
        let body = HookBody(headers, body)
        switch provider {
        case .github, .gitea, .forgejo: meaning = body.forgeMeaning(event)
        case .gitlab: meaning = body.gitlabMeaning(event)
        case .bitbucket: meaning = body.bitbucketMeaning(event)
        case .generic, .standard: meaning = body.plainMeaning()
        case .cloudevents:
            self = body.cloudEvents(headers)
            return
        }
        ids = provider.idHeaders.lazy.compactMap { headers.value($0) }.first.map { [$0] } ?? []
    }
}
