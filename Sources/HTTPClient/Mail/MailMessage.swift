package import Foundation

/// A letter in plain text, as RFC 5322 writes it.
package struct MailMessage: Sendable {
    /// The left part of `Message-ID`, the same on every try: letters, digits, `-`, `_` and `.`.
    package var id: String
    /// The id of the letter that this one answers.
    package var answers: String?
    package var from: MailAddress
    package var to: [MailAddress]
    /// One line; whatever would end it becomes a space.
    package var subject: String
    package var text: String
    package var date: Date

    package init(
        id: String, from: MailAddress, to: [MailAddress], subject: String, text: String, date: Date
    ) {
        (self.id, self.from, self.to) = (id, from, to)
        (self.subject, self.text, self.date) = (subject, text, date)
    }

    /// Lines end with CR and LF; none is longer than 78 characters but by one address.
    package var bytes: [UInt8] {
        var lines = [
            "Date: \(Self.rfc5322(date))", "From: \(from.written)",
            "To: \(to.map(\.written).joined(separator: ",\r\n "))",
            "Subject: \(subject.headerText)", "Message-ID: \(messageID(id))",
        ]
        if let answers {
            lines += ["In-Reply-To: \(messageID(answers))", "References: \(messageID(answers))"]
        }
        lines += [
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "Auto-Submitted: auto-generated", "",
        ]
        let body = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let encoded = Data(body.utf8).base64EncodedString(
            options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
        return Array((lines.joined(separator: "\r\n") + "\r\n" + encoded + "\r\n").utf8)
    }

    private func messageID(_ id: String) -> String {
        let safe = id.unicodeScalars.filter { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains(scalar))
        }
        return "<\(String(String.UnicodeScalarView(safe)))@\(from.domain)>"
    }

    /// `Sat, 21 Nov 2026 14:02:11 +0000`
    private static func rfc5322(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(days[Int(parts.tm_wday) % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12]) "
            + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
    }
}

extension MailAddress {
    fileprivate var written: String { name.isEmpty ? address : "\(name.headerWords) <\(address)>" }
}

extension String {
    /// As a header's value: itself where it is short and plain, else RFC 2047's encoded words.
    fileprivate var headerText: String {
        let isPlain = utf8.allSatisfy { (0x20...0x7e).contains($0) } && utf8.count <= 65
        return isPlain && !contains("=?") && first != " " ? self : headerWords
    }
    /// Each word stands for at most 39 bytes of whole characters, on a line of its own.
    fileprivate var headerWords: String {
        var (words, word) = ([String](), "")
        for scalar in unicodeScalars {
            let isLineEnd = scalar.value < 0x20 || scalar.value == 0x7f
            let next = isLineEnd ? " " : String(scalar)
            if word.utf8.count + next.utf8.count > 39 {
                words.append(word)
                word = ""
            }
            word += next
        }
        words.append(word)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}
