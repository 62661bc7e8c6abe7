import HTTPClient
import Testing

@testable import Server

@Suite("Wrong tokens") struct FailedLoginsTests {
    private let clock = AccessTokensTests.Clock()
    private func failures(_ capacity: Int = 10_000) -> FailedLogins {
        FailedLogins(capacity: capacity, now: { [clock] in clock.now })
    }
    private func fail(_ failures: FailedLogins, _ name: String) -> Int? {
        do throws(FailedLogins.Held) {
            let answer: Int? = try failures.attempt(name) { nil }
            return answer
        } catch {
            return error.wait
        }
    }

    @Test func `ten are looked at, then one every six seconds`() {
        let failures = failures()
        for _ in 0..<10 { #expect(fail(failures, "a") == nil) }
        #expect(fail(failures, "a") == 6000)
        clock.pass(5999)
        #expect(fail(failures, "a") == 1)
        clock.pass(1)
        #expect(fail(failures, "a") == nil)
        #expect(fail(failures, "a") == 6000)
        clock.pass(60_000)
        for _ in 0..<10 { #expect(fail(failures, "a") == nil) }
        #expect(fail(failures, "a") != nil)
    }

    @Test
    func `a right one is not looked at either while an address is held back, and counts for nothing else`()
        throws
    {
        let failures = failures()
        for _ in 0..<100 { #expect(try failures.attempt("a") { 1 } == 1) }
        for _ in 0..<10 { #expect(fail(failures, "a") == nil) }
        #expect(throws: FailedLogins.Held(wait: 6000)) { try failures.attempt("a") { 1 } }
    }

    @Test func `all addresses together have a limit, which locks nobody out who was right before`() throws {
        let failures = failures()
        #expect(try failures.attempt("good") { 1 } == 1)
        for index in 0..<100 { #expect(fail(failures, "bad-\(index)") == nil) }
        #expect(fail(failures, "bad-100") == 600)
        #expect(throws: FailedLogins.Held(wait: 600)) { try failures.attempt("new") { 1 } }
        #expect(try failures.attempt("good") { 1 } == 1)
        #expect(fail(failures, "good") == nil)
        clock.pass(600)
        #expect(try failures.attempt("new") { 1 } == 1)
        clock.pass(3_600_000)
        for index in 0..<100 { #expect(fail(failures, "worse-\(index)") == nil) }
        #expect(throws: FailedLogins.Held.self) { try failures.attempt("good") { 1 } }
    }

    @Test func `what is remembered has a bound, and who is held back stays so`() {
        let failures = FailedLogins(
            everybody: HookRate(1_000_000, per: 1_000_000), capacity: 100, now: { [clock] in clock.now })
        for _ in 0..<10 { #expect(fail(failures, "guesser") == nil) }
        for index in 0..<5000 {
            _ = fail(failures, "address-\(index)")
            #expect(failures.count <= 100)
        }
        #expect(fail(failures, "guesser") == 6000)
    }

    @Test func `of a hundred at one moment ten are looked at`() async {
        let failures = failures()
        let looked = AccessTokensTests.Clock()
        let held = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    do throws(FailedLogins.Held) {
                        let _: Int? = try failures.attempt("a") {
                            looked.pass(1)
                            return nil
                        }
                        return false
                    } catch { return true }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(looked.now == 1_000_010 && held == 90)
    }

    @Test func `a hundred requests with wrong tokens at one moment, and the right one after them`()
        async throws
    {
        try await RunningServer.run(APIServerTests.routes) { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let request = server.request("GET", "/v1/fixed/viewer", token: "guess-\(index)")
                        return try await server.send(request).status
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [401: 10, 429: 90])
            let right = try await server.send(server.request("GET", "/v1/fixed/viewer", token: "view"))
            #expect(right.status == 429)
            let seconds = try #require(right.headers["retry-after"].flatMap { Int($0) })
            #expect((1...6).contains(seconds))
            #expect(right.errorBody?.message == "too many tokens that are not known")
            #expect(try await server.send(server.request("GET", "/v1/fixed/viewer")).status == 401)
            #expect(try await server.send(server.local("GET", "/v1/fixed/admin")).status == 200)
        }
    }
}
