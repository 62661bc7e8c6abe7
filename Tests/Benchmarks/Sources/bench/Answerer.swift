import Foundation
import Glibc

/// An HTTP server on many ports of this machine, which answers 200 to everything, in one thread.
final class Answerer {
    let ports: [Int]
    private let queue: Int32

    init(ports count: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        queue = epoll_create1(0)
        var (listeners, ports): (Set<Int32>, [Int]) = ([], [])
        for _ in 0..<count {
            let (listener, port) = try Self.listen()
            listeners.insert(listener)
            ports.append(port)
            Self.follow(listener, queue)
        }
        self.ports = ports
        Thread { [queue, listeners] in Self.serve(queue, listeners) }.start()
    }

    private static func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchError("listen: \(String(cString: strerror(errno)))") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func follow(_ descriptor: Int32, _ queue: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = descriptor
        epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event)
    }

    /// Requests here are as small as one piece of what is read.
    private static func serve(_ queue: Int32, _ listeners: Set<Int32>) {
        let answer = Array("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".utf8)
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            for event in events.prefix(Int(max(0, epoll_wait(queue, &events, 256, -1)))) {
                let descriptor = event.data.fd
                if listeners.contains(descriptor) {
                    let connection = accept(descriptor, nil, nil)
                    if connection >= 0 { follow(connection, queue) }
                } else if read(descriptor, &bytes, bytes.count) <= 0 {
                    close(descriptor)
                } else {
                    send(descriptor, answer, answer.count, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }
}
