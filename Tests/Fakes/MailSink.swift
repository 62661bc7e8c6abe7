import Fixtures
import Foundation
import Synchronization

/// A mail server that takes everything, in clear and on loopback: RFC 5321's dialogue, and no more of it.
package final class MailSink: Sendable {
    package struct Letter: Sendable {
        package var from: String
        package var to: [String]
        /// As it came, with CR and LF.
        package var text: String

        package init(from: String = "", to: [String] = [], text: String) {
            (self.from, self.to, self.text) = (from, to, text)
        }

        /// Headers unfolded; a name may come more than once.
        package var headers: [(name: String, value: String)] {
            let head = text.components(separatedBy: "\r\n\r\n").first ?? ""
            let lines = head.replacing("\r\n ", with: " ").components(separatedBy: "\r\n")
            return lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
            }
        }
        package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        /// Decoded.
        package var body: String {
            let encoded = text.components(separatedBy: "\r\n\r\n").dropFirst().joined()
            let data = Data(base64Encoded: encoded, options: .ignoreUnknownCharacters) ?? Data()
            return String(decoding: data, as: UTF8.self)
        }
        package var subject: String {
            let value = header("Subject") ?? ""
            guard value.hasPrefix("=?") else { return value }
            return value.split(separator: " ").map { word in
                let encoded = word.dropFirst("=?utf-8?B?".count).dropLast(2)
                return String(decoding: Data(base64Encoded: String(encoded)) ?? Data(), as: UTF8.self)
            }.joined()
        }
    }
    private final class Held: Sendable {
        let letters = Mutex<[Letter]>([])
        let replies: Mutex<[String: String]>
        init(_ replies: [String: String]) { self.replies = Mutex(replies) }
    }
    private let server: RawServer
    private let held: Held
    package var letters: [Letter] { held.letters.withLock(\.self) }
    package var url: String { "smtp://127.0.0.1:\(server.port)" }

    /// - Parameter replies: what is said to a command instead of yes, once each.
    package init(replies: [String: String] = [:]) throws {
        let held = Held(replies)
        self.held = held
        server = try RawServer { connection in Self.talk(connection, held) }
    }

    private static func talk(_ connection: RawConnection, _ held: Held) {
        connection.write("220 sink ESMTP\r\n")
        var letter = Letter(from: "", to: [], text: "")
        while let line = connection.readLine() {
            let verb = String(line.prefix(4)).uppercased()
            if let reply = held.replies.withLock({ $0.removeValue(forKey: verb) }) {
                connection.write("\(reply)\r\n")
                continue
            }
            switch verb {
            case "EHLO": connection.write("250-sink\r\n250 8BITMIME\r\n")
            case "MAIL":
                letter = Letter(from: String(line.dropFirst("MAIL FROM:".count)), to: [], text: "")
                connection.write("250 OK\r\n")
            case "RCPT":
                letter.to.append(String(line.dropFirst("RCPT TO:".count)))
                connection.write("250 OK\r\n")
            case "DATA":
                connection.write("354 go on\r\n")
                while let line = connection.readLine(), line != "." {
                    letter.text += (line.hasPrefix("..") ? String(line.dropFirst()) : line) + "\r\n"
                }
                held.letters.withLock { $0.append(letter) }
                connection.write("250 taken\r\n")
            case "QUIT":
                connection.write("221 bye\r\n")
                return
            default: connection.write("502 unknown\r\n")
            }
        }
    }
}

extension RawConnection {
    /// Without its end; nil once the other side has closed.
    fileprivate func readLine() -> String? {
        var (bytes, byte) = ([UInt8](), UInt8(0))
        while read(descriptor, &byte, 1) == 1 {
            if byte == 0x0a {
                return String(decoding: bytes.last == 0x0d ? bytes.dropLast() : bytes, as: UTF8.self)
            }
            bytes.append(byte)
        }
        return nil
    }
}
