import Foundation
import HTTPClient
import Model
import Review
import Testing

struct WebhooksSignerTests {
    static let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let body = Array(#"{"test": 2432232314}"#.utf8)
    static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    let signer: WebhookSigner
    let headers: HTTPHeaders
    init() throws {
        signer = WebhookSigner([try WebhookSecret(Self.text)])
        headers = signer.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Self.body)
    }

    @Test func `the published vector of Standard Webhooks`() throws {
        #expect(
            headers == [
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
                "webhook-signature": Self.signature,
            ])
    }

    @Test func `while a secret is replaced each one signs`() throws {
        let new = try WebhookSecret(WebhookSecret.generate())
        let both = WebhookSigner([new, try WebhookSecret(Self.text)])
        let signed = both.headers(id: "msg_1", timestamp: 1_614_265_330, body: Self.body)
        let signatures = try #require(signed["webhook-signature"]).split(separator: " ")
        #expect(signatures.count == 2 && signatures.allSatisfy { $0.hasPrefix("v1,") && $0.count == 47 })
        let own = [WebhookSigner([new]), signer].map {
            $0.signature(id: "msg_1", timestamp: 1_614_265_330, body: Self.body)
        }
        #expect(signatures.map(String.init) == own)
    }

    @Test(arguments: [
        ("whsec_canary!", "webhook's secret is not 'whsec_' and base64"),
        (
            "whsec_" + Data(count: 23).base64EncodedString(),
            "webhook's secret has 23 bytes, and needs 24 to 64"
        ),
        ("", "webhook's secret has 0 bytes, and needs 24 to 64"),
    ])
    func `a secret that is none is refused without being shown`(text: String, message: String) {
        let error = #expect(throws: WebhookSecretError.self) { try WebhookSecret(text) }
        #expect(error?.description == message)
    }

    @Test func `a secret has no description`() throws {
        let secret = try WebhookSecret(Self.text)
        var dumped = ""
        dump(signer, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(signer)", dumped] {
            #expect(!text.contains("MfKQ") && !text.contains("key"))
        }
    }

    @Test func `an event's body is its documented JSON, and reads back`() throws {
        var details = WebhookEvent.Details(
            controller: "shop-prod", source: "shop", commit: "8a01b44", summary: "1 failed, 17 ready")
        details.message = "Use \"new\" </script> image\n\u{1b}[31m"
        details.resources = [
            WebhookEvent.Resource(
                id: "job/shop/web", layer: .run, state: .failed, reason: "2 of 3 were not healthy", held: true
            )
        ]
        let event = WebhookEvent(.commitFailed, at: Date(timeIntervalSince1970: 1_795_269_731), details)
        let body = try event.body()
        #expect(
            String(decoding: body, as: UTF8.self) == #"""
                {"data":{"commit":"8a01b44","controller":"shop-prod",\#
                "message":"Use \"new\" </script> image\n\u001b[31m",\#
                "resources":[{"held":true,"id":"job/shop/web","layer":"run","reason":"2 of 3 were not healthy",\#
                "state":"failed"}],"source":"shop","summary":"1 failed, 17 ready"},"timestamp":"2026-11-21T14:02:11Z",\#
                "type":"commit.failed","version":1}
                """#)
        #expect(try JSONDecoder().decode(WebhookEvent.self, from: Data(body)) == event)
    }

    @Test(arguments: [#"{"version":2}"#, #"{"version":1,"type":"other"}"#, "{}"])
    func `an event of another version or type is not read as one`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(WebhookEvent.self, from: Data(text.utf8))
        }
    }
}
