import Crypto
import Foundation
import Synchronization

/// Who has signed in with a browser. Kept in memory, and there only as hashes of what the cookies hold: a restart ends
/// all of them.
final class Sessions: Sendable {
    private struct Session {
        var token: String
        /// Milliseconds since 1970.
        var expires: Int
    }
    static let lifetime = 12 * 3_600_000
    private let capacity: Int
    private let now: @Sendable () -> Int
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    init(capacity: Int = 10_000, now: @escaping @Sendable () -> Int) {
        (self.capacity, self.now) = (capacity, now)
    }

    /// What the cookie is to hold, and for how many seconds. It ends with the token at the latest; where there are too
    /// many, the oldest go.
    func begin(_ caller: APICaller) -> (cookie: String, seconds: Int)? {
        guard let token = caller.token else { return nil }
        let now = now()
        let cookie = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64URL }
        let expires = min(now + Self.lifetime, caller.expires ?? .max)
        sessions.withLock { sessions in
            if sessions.count >= capacity {
                sessions = sessions.filter { $0.value.expires > now }
                let keep = sessions.sorted { $0.value.expires > $1.value.expires }.prefix(capacity * 9 / 10)
                if sessions.count >= capacity {
                    sessions = Dictionary(keep.map { ($0.key, $0.value) }) { $1 }
                }
            }
            sessions[Self.hash(cookie)] = Session(token: token, expires: expires)
        }
        return (cookie, max(1, (expires - now) / 1000))
    }

    /// The id of the token that it was begun with; nil where it has ended, or never was.
    func token(of cookie: String) -> String? {
        let hash = Self.hash(cookie)
        let session = sessions.withLock { $0[hash] }
        guard let session, now() < session.expires else { return nil }
        return session.token
    }

    func end(_ cookie: String) {
        let hash = Self.hash(cookie)
        sessions.withLock { $0[hash] = nil }
    }

    private static func hash(_ cookie: String) -> [UInt8] { Array(SHA256.hash(data: Data(cookie.utf8))) }
}
