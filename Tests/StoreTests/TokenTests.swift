import Testing

@testable import Store

struct TokenTests {
    private static func token(_ id: String, _ name: String, at time: Int = 1) -> AccessToken {
        AccessToken(
            id: id, name: name, hash: Array(id.utf8), role: "viewer", created: time, createdBy: "ann",
            expires: time == 2 ? nil : 100)
    }

    @Test func `tokens come back as they were, and go`() throws {
        let place = try Workplace()
        let (one, two) = (Self.token("a", "ci", at: 2), Self.token("b", "board"))
        var store = try place.open()
        #expect(try store.insert(one) && store.insert(two))
        try store.noteUse(of: ["a": 77, "gone": 1])
        store.close()
        store = try place.open()
        defer { store.close() }
        var used = one
        used.lastUsed = 77
        #expect(try store.tokens() == [two, used])
        #expect(try store.removeToken("a") && !store.removeToken("a"))
        #expect(try store.tokens() == [two])
    }

    @Test func `a name, an id and a hash are one token's`() throws {
        let store = try Store.inMemory()
        #expect(try store.insert(Self.token("a", "ci")))
        #expect(try !store.insert(Self.token("b", "ci")) && !store.insert(Self.token("a", "other")))
        #expect(try store.tokens().map(\.id) == ["a"])
    }
}
