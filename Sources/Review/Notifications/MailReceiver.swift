import Foundation
package import HTTPClient

/// People who get letters. The end of a problem answers the letter that told it.
package struct MailReceiver: Receiver {
    package var name: String
    package var server: MailServer
    package var from: MailAddress
    package var to: [MailAddress]
    package var maxInFlight: Int { 1 }

    package init(name: String, server: MailServer, from: MailAddress, to: [MailAddress]) {
        (self.name, self.server, self.from, self.to) = (name, server, from, to)
    }

    /// Nil where the message is no event of this version.
    func letter(_ message: Outbox.Message, date: Date) -> MailMessage? {
        guard let event = try? JSONDecoder().decode(WebhookEvent.self, from: Data(message.body)) else {
            return nil
        }
        let text = EventText(event)
        let lines = [text.line, ""] + text.below + (text.url.map { ["", $0] } ?? [])
        let signature = ["", "-- ", "martlet \(event.data.controller)".safeForDisplay]
        var letter = MailMessage(
            id: message.id, from: from, to: to, subject: text.line.shortened(to: 200),
            text: (lines + signature).joined(separator: "\n") + "\n", date: date)
        letter.answers = event.data.mended?.message
        return letter
    }

    package func send(_ message: Outbox.Message, by courier: Courier) async -> Sending {
        guard let letter = letter(message, date: courier.date) else {
            return Sending(.refused, "it is of another version of martlet, and can't be read")
        }
        do throws(HTTPError) {
            try await courier.mail(server, letter)
            return Sending(.taken, "mail server took it for \(counted(to.count, "recipient"))")
        } catch {
            return Sending(error)
        }
    }
}

extension MailReceiver: CustomStringConvertible, CustomReflectable {
    package var description: String { "notification '\(name)'" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
