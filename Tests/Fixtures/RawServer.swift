import Foundation
import Synchronization

/// A TCP server that says exactly the bytes it is told to, right or wrong. Each connection has its own
/// thread.
package final class RawServer: Sendable {
    package let port: Int
    private let listener: Int32

    package init(_ serve: @escaping @Sendable (RawConnection) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, name, &length) == 0
            }
        }
        guard status else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        (self.listener, port) = (listener, Int(UInt16(bigEndian: address.sin_port)))
        Thread {
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0 else { return }
                Thread {
                    serve(RawConnection(descriptor: accepted))
                    close(accepted)
                }.start()
            }
        }.start()
    }
    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
    package func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Answers each connection's first request with these bytes, and closes.
    package static func saying(_ answer: String) throws -> RawServer {
        try RawServer { connection in
            _ = connection.readHead()
            connection.write(answer)
        }
    }
    /// Takes every connection, and says nothing.
    package static func silent() throws -> RawServer { try RawServer { $0.waitForClose() } }
}

package struct RawConnection: Sendable {
    package let descriptor: Int32

    /// Up to the empty line; what has come where the connection ends first.
    package func readHead() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.ends(with: "\r\n\r\n"), read(descriptor, &byte, 1) == 1 { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
    package func readBytes(_ count: Int) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < count, read(descriptor, &byte, 1) == 1 { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
    @discardableResult
    package func write(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
    /// Writes as much as the other side takes; nil once it has taken nothing for `patience` milliseconds.
    package func writeSome(_ bytes: ArraySlice<UInt8>, patience: Int32) -> Int? {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, patience) == 1 else { return nil }
        return bytes.withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
    }
    package func waitForClose() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &buffer, buffer.count) > 0 {}
    }
}

extension [UInt8] {
    fileprivate func ends(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && suffix(text.utf8CodeUnitCount)
                .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// What a server's thread tells a test, in order.
package struct Told<Element: Sendable>: Sendable {
    private let stream: AsyncStream<Element>
    private let continuation: AsyncStream<Element>.Continuation
    package init() { (stream, continuation) = AsyncStream.makeStream() }
    package func tell(_ element: Element) { continuation.yield(element) }
    package func next() async -> Element? { await stream.first { _ in true } }
}
