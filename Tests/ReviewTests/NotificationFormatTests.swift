import Fakes
import Fixtures
import Foundation
import HTTPClient
import Model
import Testing

@testable import Review

/// What each receiver gets, to the letter.
@Suite("What receivers get") struct NotificationFormatTests {
    private static let key = ChatFake.secret
    private static let mail = MailServer(url: "smtps://mail.example")
    private static let from = MailAddress("Martlet <martlet@shop.example>")
    private static let to = ["ops@shop.example", "Ünit <unit@shop.example>"].compactMap { MailAddress($0) }

    private static func receiver(_ kind: ChatFake.Kind, _ base: String = "https://chat.example")
        -> any HTTPReceiver
    {
        let url = base + ChatFake(kind).path
        return switch kind {
        case .slack: ChatReceiver(name: "team", .slack, url: url)
        case .teams: ChatReceiver(name: "team", .teams, url: url)
        case .discord: ChatReceiver(name: "team", .discord, url: url)
        case .pagerduty: ChatReceiver(name: "team", .pagerDuty(key: key), url: url)
        case .cloudevents: CloudEventReceiver(name: "team", url: url, token: key)
        }
    }
    private static func requests(
        _ receiver: some HTTPReceiver, _ event: WebhookEvent
    ) throws -> HTTPRequest? {
        try receiver.request(
            ExampleEvent.message(event), now: Example.now.milliseconds, userAgent: "martlet/1.2")
    }

    @Test(arguments: ChatFake.Kind.allCases)
    func `has its documented form`(kind: ChatFake.Kind) throws {
        var text = ""
        for (name, event) in ExampleEvent.all {
            text += "\(name):\n"
            guard let request = try Self.requests(Self.receiver(kind), event) else {
                text += "nothing\n\n"
                continue
            }
            for field in request.headers.fields
            where field.name.hasPrefix("ce-") || field.name == "content-type" {
                text += "\(field.name): \(field.value)\n"
            }
            text +=
                String(decoding: request.body ?? [], as: UTF8.self).replacing(Self.key, with: "KEY") + "\n\n"
        }
        try expectGolden(text, "notification-\(kind.rawValue).txt")
    }

    @Test func `a structured CloudEvent holds all of it`() throws {
        var receiver = CloudEventReceiver(name: "team", url: "https://events.example/")
        receiver.mode = .structured
        let request = try #require(try Self.requests(receiver, ExampleEvent.failed))
        #expect(request.headers["content-type"] == "application/cloudevents+json; charset=utf-8")
        #expect(request.headers["authorization"] == nil)
        try expectGolden(
            String(decoding: request.body ?? [], as: UTF8.self) + "\n",
            "notification-cloudevents-structured.json")
    }

    private static func letter(_ event: WebhookEvent) throws -> MailMessage {
        let receiver = MailReceiver(name: "mail", server: mail, from: try #require(from), to: to)
        let date = Date(timeIntervalSince1970: Double(Example.now.milliseconds) / 1000)
        return try #require(receiver.letter(ExampleEvent.message(event), date: date))
    }

    @Test func `a letter has its documented form, and an end answers the beginning`() throws {
        var text = ""
        for (name, event) in ExampleEvent.all {
            let letter = MailSink.Letter(
                text: String(decoding: try Self.letter(event).bytes, as: UTF8.self))
            text += "\(name):\n"
            text += letter.text.components(separatedBy: "\r\n\r\n")[0].replacing("\r\n", with: "\n")
            text += "\n\n\(letter.subject)\n\n\(letter.body.replacing("\r\n", with: "\n"))\n"
        }
        try expectGolden(text, "notification-mail.txt")
    }

    @Test(arguments: ChatFake.Kind.allCases)
    func `arrives where the receiver is strict, whatever is in it`(kind: ChatFake.Kind) async throws {
        let fake = ChatFake(kind)
        try await withFakeServer(fake.answer) { url in
            let world = WebhooksWorld()
            let client = try HTTPClient()
            let events = ExampleEvent.all.map(\.event) + [ExampleEvent.hostile]
            for (number, event) in events.enumerated() {
                world.put(
                    "msg_\(number)", to: "team", body: String(decoding: try event.body(), as: UTF8.self))
            }
            let delivery = world.delivery([Self.receiver(kind, url)]) { request throws(HTTPError) in
                try await client.send(request)
            }
            let notices = await world.run(delivery, until: events.count)
            #expect(fake.complaints == [])
            for notice in notices {
                guard case .delivered = notice else {
                    Issue.record("\(notice)")
                    continue
                }
            }
            #expect(fake.received.count == (kind == .pagerduty ? events.count - 1 : events.count))
        }
    }

    /// Every string of a JSON document.
    private static func strings(_ value: Any) -> [String] {
        switch value {
        case let text as String: [text]
        case let list as [Any]: list.flatMap(strings)
        case let fields as [String: Any]: fields.values.flatMap(strings)
        default: []
        }
    }

    @Test(arguments: ChatFake.Kind.allCases)
    func `nothing from a repository is obeyed`(kind: ChatFake.Kind) throws {
        let request = try #require(try Self.requests(Self.receiver(kind), ExampleEvent.hostile))
        let body = try JSONSerialization.jsonObject(with: Data(request.body ?? []))
        let texts = Self.strings(body)
        #expect(texts.contains { $0.contains("Bcc") })
        for text in texts where kind != .cloudevents {
            let isInvisible: (Unicode.Scalar) -> Bool = {
                $0.value < 0x20 && $0 != "\n" || $0 == "\u{202e}" || $0 == "\u{2066}" || $0.value == 0x7f
            }
            #expect(!text.unicodeScalars.contains(where: isInvisible), "\(text)")
            switch kind {
            case .slack: #expect(!text.contains("<!") && !text.contains("<@"))
            case .teams: #expect(!text.contains("<at>") && !text.contains("{{") && !text.contains("${"))
            case .discord:
                #expect(!text.contains("@everyone") && !text.contains("@here") && !text.contains("<@"))
                #expect(!text.contains("](https://evil"))
            case .pagerduty, .cloudevents: break
            }
        }
        for field in request.headers.fields {
            #expect(field.value.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        }
    }

    @Test func `no line of a commit becomes a header of a letter`() throws {
        let letter = MailSink.Letter(
            text: String(decoding: try Self.letter(ExampleEvent.hostile).bytes, as: UTF8.self))
        #expect(
            letter.headers.map(\.name) == [
                "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding", "Auto-Submitted",
            ])
        #expect(letter.subject.hasPrefix("shop: job/web failed at 8a01b44"))
        #expect(letter.text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(letter.text.replacing("\r\n", with: "").utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(!letter.body.contains("\u{202e}") && !letter.body.contains("\u{1b}"))
    }

    @Test func `PagerDuty's test is an alert that ends at once`() async throws {
        let fake = ChatFake(.pagerduty)
        try await withFakeServer(fake.answer) { url in
            let world = WebhooksWorld()
            let client = try HTTPClient()
            let delivery = world.delivery([Self.receiver(.pagerduty, url)]) { request throws(HTTPError) in
                try await client.send(request)
            }
            var event = ExampleEvent.failed
            event.type = .test
            let sending = await delivery.test(ExampleEvent.message(event))
            #expect(sending == Sending(.taken, "answered 202"))
            #expect(
                fake.received.compactMap { $0.json?["event_action"] as? String } == ["trigger", "resolve"])
            #expect(Set(fake.received.compactMap { $0.json?["dedup_key"] as? String }).count == 1)
            #expect(await delivery.test(ExampleEvent.message(event, to: "nobody")) == nil)
        }
    }

    @Test func `an address that was revoked is said with what to do, and a bad message is given up`()
        async throws
    {
        let world = WebhooksWorld()
        world.put("msg_1", to: "team", body: String(decoding: try ExampleEvent.failed.body(), as: UTF8.self))
        world.put("msg_2", to: "team", body: "{}")
        let delivery = world.delivery([Self.receiver(.slack)]) { _ throws(HTTPError) in
            HTTPResponse(HTTPResponseHead(status: 404))
        }
        let notices = await world.run(delivery, until: 2)
        guard case .failed("team", "msg_1", "answered 404", let hint?, _)? = notices.first else {
            Issue.record("\(notices)")
            return
        }
        #expect(hint == "look at the address of 'team': it may have been revoked")
        #expect(
            notices.last
                == .gaveUp(
                    target: "team", id: "msg_2",
                    error: "it is of another version of martlet, and can't be read"))
        #expect(world.row("msg_1")?.error == "answered 404\n\(hint)")
    }
}
