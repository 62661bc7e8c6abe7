import Foundation
import NIOCore

extension APICaller {
    /// Who is at the other end of a unix socket, as the kernel says; its file's mode has let them in.
    static func peer(of channel: any Channel) async -> APICaller {
        var caller = APICaller(name: "somebody over the socket", role: .admin)
        caller.isLocal = true
        guard let options = channel as? any SocketOptionProvider,
            let peer: Peer = try? await options.unsafeGetSocketOption(
                level: .init(SOL_SOCKET), name: .init(SO_PEERCRED)
            ).get()
        else { return caller }
        caller.name = "\(userName(of: peer.user)) over the socket"
        return caller
    }

    /// As the kernel lays it out.
    private struct Peer {
        var process: Int32
        var user: UInt32
        var group: UInt32
    }

    private static func userName(of user: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return "user \(user)" }
        return String(cString: name)
    }
}
