import Foundation
import NIOCore

/// Why the API can't be served.
package struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var hint: String?
    package var description: String { message }

    static func portInUse(_ host: String, _ port: Int) -> ServerError {
        ServerError(
            message: "port \(port) on \(host) is in use",
            hint: "choose another port, or end the process that holds it")
    }
    /// A bind that failed.
    static func bind(_ host: String, _ port: Int, _ error: any Error) -> ServerError {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE: return portInUse(host, port)
        case EACCES:
            return ServerError(
                message: "port \(port) on \(host) may not be opened by this user",
                hint: "ports below 1024 need a privilege: choose another one")
        case EADDRNOTAVAIL: return ServerError(message: "\(host) is no address of this machine")
        case let code?: return ServerError(message: "port \(port) on \(host): \(describing(code))")
        case nil: return ServerError(message: "\(host) is no address of this machine")
        }
    }
    static func socket(_ path: String, _ cause: String, hint: String? = nil) -> ServerError {
        ServerError(message: "socket '\(path)': \(cause)", hint: hint)
    }
    static func describing(_ code: Int32) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
