import Crypto
import Foundation
import Model
import ServiceLifecycle
package import Store
import Synchronization

/// The tokens of the API: which there are, and whom one belongs to. What is said of them here is in the store by the time
/// that a call returns; only when one was last used follows within a minute.
package final class AccessTokens: Service {
    package static let prefix = "mrt_"
    package static let limit = 1000

    private struct State {
        var tokens: [AccessToken] = []
        /// Used, and not written yet: by id, in milliseconds since 1970.
        var used: [String: Int] = [:]
    }
    private let store: Store
    private let now: @Sendable () -> Int
    private let failed: @Sendable (StoreError) -> Void
    private let state: Mutex<State>
    /// Held by who makes or revokes one, over the disk's time: nobody who comes with one waits for that.
    private let writing = Mutex(())

    /// - Parameter failed: told what keeps the last use of tokens from being written.
    package init(
        _ store: Store, now: @escaping @Sendable () -> Int,
        failed: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws(StoreError) {
        (self.store, self.now, self.failed) = (store, now, failed)
        state = Mutex(State(tokens: try store.tokens()))
    }

    package var all: [AccessToken] {
        state.withLock { state in
            state.tokens.map { token in
                var token = token
                token.lastUsed = state.used[token.id] ?? token.lastUsed
                return token
            }
        }
    }

    /// A new one; `secret` is known to nobody but who gets it here.
    /// - Parameters:
    ///   - name: left out, the role and the token's id.
    ///   - lifetime: in milliseconds; nil for ever.
    package func create(
        name: String?, _ role: APIRole, lifetime: Int?, by person: String
    ) throws -> (token: AccessToken, secret: String) {
        let (id, now) = (freshID(), now())
        let name = name ?? "\(role.rawValue)-\(id)"
        guard name.isTokenName else {
            throw TokenProblem(
                400, "'\(name.escapedForDisplay)' is no name of a token",
                hint: "write 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-'")
        }
        let secret = Self.prefix + Self.freshSecret()
        let (expires, overflow) = now.addingReportingOverflow(lifetime ?? 0)
        guard !overflow, lifetime.map({ $0 > 0 }) ?? true else {
            throw TokenProblem(400, "a token can't last so long, or no time at all", hint: "write 90d")
        }
        let token = AccessToken(
            id: id, name: name, hash: Self.hash(secret), role: role.rawValue, created: now, createdBy: person,
            expires: lifetime == nil ? nil : expires)
        try writing.withLock { _ in
            let tokens = state.withLock(\.tokens)
            guard tokens.count < Self.limit else {
                throw TokenProblem(409, "there are \(Self.limit) tokens already", hint: "revoke some")
            }
            guard !tokens.contains(where: { $0.id == name }) else {
                throw TokenProblem(409, "'\(name)' is a token's id", hint: "choose another name")
            }
            guard !tokens.contains(where: { $0.name == name }), try store.insert(token) else {
                throw TokenProblem(
                    409, "a token is named '\(name)' already", hint: "revoke it, or choose another name")
            }
            state.withLock { $0.tokens.append(token) }
        }
        return (token, secret)
    }

    /// By its id or its name; whoever came with it is refused from now on.
    package func revoke(_ name: String) throws -> AccessToken {
        try writing.withLock { _ in
            let tokens = state.withLock(\.tokens)
            guard
                let token = tokens.first(where: { $0.id == name }) ?? tokens.first(where: { $0.name == name })
            else {
                throw TokenProblem(
                    404, "no token '\(name.escapedForDisplay)'", hint: "list them with 'martlet token list'")
            }
            try store.removeToken(token.id)
            state.withLock { $0.tokens.removeAll { $0.id == token.id } }
            return token
        }
    }

    /// Whom a token belongs to; nil for nobody, or no longer. Every token's hash is compared whole, whatever is sent.
    @Sendable package func caller(_ secret: String) -> APICaller? {
        let (hash, now) = (Self.hash(secret), now())
        return state.withLock { state in
            var found: AccessToken?
            for token in state.tokens where token.hash.isEqualInConstantTime(to: hash) { found = token }
            guard let found, let caller = APICaller(found, at: now) else { return nil }
            state.used[found.id] = now
            return caller
        }
    }

    /// Who came with a token earlier, as far as it still opens the door.
    @Sendable package func holder(of id: String) -> APICaller? {
        let now = now()
        return state.withLock { state in
            state.tokens.first { $0.id == id }.flatMap { APICaller($0, at: now) }
        }
    }

    package var authorizer: Authorizer {
        Authorizer(holder: holder(of:), caller)
    }

    /// Writes once a minute, and at the end, which tokens were used.
    package func run() async {
        let writer = UseWriter(self)
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(60))) != nil { await writer.write() }
        }
        await writer.write()
    }

    fileprivate func writeUse() {
        let used = state.withLock { state in
            for index in state.tokens.indices {
                state.tokens[index].lastUsed =
                    state.used[state.tokens[index].id] ?? state.tokens[index].lastUsed
            }
            defer { state.used = [:] }
            return state.used
        }
        guard !used.isEmpty else { return }
        do throws(StoreError) { try store.noteUse(of: used) } catch { failed(error) }
    }

    private static func hash(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }
    /// 256 random bits, as base64 for URLs has them.
    private static func freshSecret() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64URL }
    }
    /// 40 random bits, which are no token's name.
    private func freshID() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        let names = Set(state.withLock(\.tokens).map(\.name))
        while true {
            let id = String(decoding: (0..<8).map { _ in alphabet[Int.random(in: 0..<32)] }, as: UTF8.self)
            if !names.contains(id) { return id }
        }
    }
}

/// The thread that the store's calls block.
private actor UseWriter {
    private let tokens: AccessTokens
    private let queue = StoreQueue(label: "martlet.tokens")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ tokens: AccessTokens) { self.tokens = tokens }
    func write() { tokens.writeUse() }
}

/// Why a token is not made or revoked.
package struct TokenProblem: Error, Sendable, Equatable {
    /// As HTTP counts.
    package var status: Int
    package var message: String
    package var hint: String?
    init(_ status: Int, _ message: String, hint: String? = nil) {
        (self.status, self.message, self.hint) = (status, message, hint)
    }
}

extension APICaller {
    /// Nil where the token has expired, or its role is of another version.
    fileprivate init?(_ token: AccessToken, at now: Int) {
        guard token.expires.map({ now < $0 }) ?? true, let role = APIRole(rawValue: token.role) else {
            return nil
        }
        self.init(name: token.name, role: role)
        (self.token, expires) = (token.id, token.expires)
    }
}

extension String {
    fileprivate var isTokenName: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension [UInt8] {
    /// In a time that says nothing about where they differ.
    func isEqualInConstantTime(to other: [UInt8]) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension Data {
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
