import Foundation
import Store
import Synchronization
import Testing

@testable import Server

@Suite("Tokens of the API") struct AccessTokensTests {
    final class Clock: Sendable {
        let time = Mutex(1_000_000)
        var now: Int { time.withLock(\.self) }
        func pass(_ milliseconds: Int) { time.withLock { $0 += milliseconds } }
    }
    let store: Store
    let clock = Clock()
    let tokens: AccessTokens

    init() throws {
        store = try Store.inMemory()
        tokens = try AccessTokens(store, now: { [clock] in clock.now })
    }

    @Test func `a token opens the door for its role, and is kept only as a hash`() throws {
        let (token, secret) = try tokens.create(name: "ci", .operator, lifetime: 1000, by: "ann")
        #expect(secret.hasPrefix("mrt_") && secret.utf8.count == 47)
        let caller = try #require(tokens.caller(secret))
        #expect(caller.name == "ci" && caller.role == .operator && caller.token == token.id)
        for wrong in [
            "", "mrt_", String(secret.dropLast()), secret + "a", secret.lowercased(), token.id, "ci",
        ] {
            #expect(tokens.caller(wrong) == nil)
        }
        #expect(!"\(try store.tokens())".contains(secret.dropFirst(4)))
        #expect(try store.tokens().map(\.hash.count) == [32])
    }

    @Test func `no two tokens are one`() throws {
        let made = try (0..<200).map { _ in try tokens.create(name: nil, .viewer, lifetime: nil, by: "ann") }
        #expect(Set(made.map(\.secret)).count == 200 && Set(made.map(\.token.id)).count == 200)
        #expect(made.allSatisfy { $0.token.name == "viewer-\($0.token.id)" && $0.token.expires == nil })
    }

    @Test func `what has expired or is revoked opens nothing, also for who came before`() throws {
        let (short, secret) = try tokens.create(name: "short", .admin, lifetime: 1000, by: "ann")
        let (_, kept) = try tokens.create(name: "kept", .admin, lifetime: nil, by: "ann")
        clock.pass(999)
        #expect(tokens.caller(secret) != nil && tokens.holder(of: short.id)?.name == "short")
        clock.pass(1)
        #expect(tokens.caller(secret) == nil && tokens.holder(of: short.id) == nil)
        #expect(try tokens.revoke("kept").role == "admin")
        #expect(tokens.caller(kept) == nil)
        #expect(try store.tokens().map(\.name) == ["short"])
        let error = #expect(throws: TokenProblem.self) { try tokens.revoke("kept") }
        #expect(error?.status == 404 && error?.message == "no token 'kept'")
    }

    @Test func `a token is revoked by its own id, whatever another is called`() throws {
        let (first, secret) = try tokens.create(name: "first", .viewer, lifetime: nil, by: "ann")
        let error = #expect(throws: TokenProblem.self) {
            try tokens.create(name: first.id, .viewer, lifetime: nil, by: "eve")
        }
        #expect(error?.status == 409 && error?.message == "'\(first.id)' is a token's id")
        // As an earlier version let it be, and one that comes first.
        let other = AccessToken(
            id: "aaaaaaaa", name: first.id, hash: [1], role: "viewer", created: 0, createdBy: "eve",
            expires: nil)
        _ = try store.insert(other)
        let again = try AccessTokens(store, now: { [clock] in clock.now })
        #expect(try again.revoke(first.id) == first && again.caller(secret) == nil)
        #expect(try store.tokens().map(\.id) == ["aaaaaaaa"])
    }

    @Test func `a restart knows all of them`() throws {
        let (_, secret) = try tokens.create(name: "ci", .viewer, lifetime: nil, by: "ann")
        let again = try AccessTokens(store, now: { [clock] in clock.now })
        #expect(again.caller(secret)?.name == "ci")
    }

    @Test func `the last use is known at once, and kept by the end`() async throws {
        let (_, secret) = try tokens.create(name: "ci", .viewer, lifetime: nil, by: "ann")
        clock.pass(50)
        _ = tokens.caller(secret)
        #expect(tokens.all.map(\.lastUsed) == [1_000_050])
        #expect(try store.tokens().map(\.lastUsed) == [nil])
        let task = Task { [tokens] in await tokens.run() }
        task.cancel()
        await task.value
        #expect(try store.tokens().map(\.lastUsed) == [1_000_050])
    }

    @Test(arguments: [
        "", "root over the socket", "a b", "ä", "a\u{202e}b", "a\nb", String(repeating: "x", count: 65),
    ])
    func `a name that history could mistake is refused`(name: String) throws {
        let error = #expect(throws: TokenProblem.self) {
            try tokens.create(name: name, .viewer, lifetime: nil, by: "ann")
        }
        #expect(error?.status == 400 && error?.message.hasSuffix("is no name of a token") == true)
    }

    @Test func `names are one token's, and lifetimes are no time of the past`() throws {
        _ = try tokens.create(name: "ci", .viewer, lifetime: nil, by: "ann")
        #expect(throws: TokenProblem.self) {
            try tokens.create(name: "ci", .viewer, lifetime: nil, by: "ann")
        }
        for lifetime in [0, -1, Int.max] {
            #expect(throws: TokenProblem.self) {
                try tokens.create(name: nil, .viewer, lifetime: lifetime, by: "ann")
            }
        }
        #expect(tokens.all.count == 1)
    }

    @Test func `a token of a role that only a later version knows may nothing`() throws {
        let (token, secret) = try tokens.create(name: "ci", .viewer, lifetime: nil, by: "ann")
        var later = token
        (later.role, later.id, later.name) = ("auditor", "other", "other")
        try store.removeToken(token.id)
        #expect(try store.insert(later))
        let again = try AccessTokens(store, now: { [clock] in clock.now })
        #expect(again.caller(secret) == nil && again.all.map(\.role) == ["auditor"])
    }
}
