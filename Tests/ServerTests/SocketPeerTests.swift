import Foundation
import HTTPClient
import Testing

@testable import Server

@Suite("Over the socket") struct SocketPeerTests {
    @Test func `the kernel says who asks`() async throws {
        try await RunningServer.run([APIServerTests.echo]) { server in
            let answer = try await server.send(server.local("POST", "/v1/echo/a/b", body: []))
            #expect(answer.text == "\(NSUserName()) over the socket|admin|a|b||0")
        }
    }

    @Test(arguments: [
        (nil, "root over the socket"), ("", "root over the socket"), ("root", "root over the socket"),
        ("ann", "ann (root over the socket)"), ("roo", "roo (root over the socket)"),
    ])
    func `a command may name for whom it runs, beside who ran it`(person: String?, words: String) {
        var caller = APICaller(name: "root over the socket", role: .admin)
        caller.isLocal = true
        #expect(caller.asking(for: person) == words)
    }

    @Test func `who comes with a token speaks for nobody else`() {
        #expect(APICaller(name: "ci", role: .admin).asking(for: "ann") == "ci")
    }
}
