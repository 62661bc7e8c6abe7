import Glibc
import Model

/// Ports of this machine.
enum Ports {
    /// Whether nobody listens there now.
    static func isFree(_ port: Int) -> Bool {
        let number = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return isFreeWithoutIPv6(port) }
        defer { close(number) }
        var (off, on) = (Int32(0), Int32(1))
        setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = in_port_t(truncatingIfNeeded: port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }
    private static func isFreeWithoutIPv6(_ port: Int) -> Bool {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        defer { close(number) }
        var on = Int32(1)
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// A number for each port of a task: the fixed one, that of before where it is still free, else one of the range
    /// that nobody has. `isTaken` tells those of other instances, whether they listen or not.
    static func choose(
        for ports: [String: JobTask.Port], before: [String: Int], from range: ClosedRange<Int>,
        isTaken: (Int) -> Bool
    ) throws(EngineError) -> [String: Int] {
        var chosen: [String: Int] = [:]
        func isOpen(_ port: Int) -> Bool { !chosen.values.contains(port) && !isTaken(port) && isFree(port) }
        for (name, port) in ports.sorted(by: { $0.key < $1.key }) {
            let number: Int
            if let fixed = port.fixed {
                guard isFree(fixed) else { throw EngineError(.retry, "port \(fixed) is taken") }
                number = fixed
            } else if let old = before[name], isOpen(old) {
                number = old
            } else {
                let start = Int.random(in: range)
                let inTurn = (0..<range.count).lazy.map {
                    range.lowerBound + (start - range.lowerBound + $0) % range.count
                }
                guard let free = inTurn.first(where: { isOpen($0) }) else {
                    throw EngineError(
                        .retry, "no port from \(range.lowerBound) to \(range.upperBound) is free")
                }
                number = free
            }
            chosen[name] = number
        }
        return chosen
    }
}
