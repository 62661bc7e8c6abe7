/// What a caller may do; each may all that those before it may.
package enum APIRole: String, Sendable, Hashable, Comparable, CaseIterable {
    case viewer, `operator`, admin

    package static func < (left: APIRole, right: APIRole) -> Bool { left.rank < right.rank }
    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }
}

/// Who calls.
package struct APICaller: Sendable, Hashable {
    /// As history names it.
    package var name: String
    package var role: APIRole
    package init(name: String, role: APIRole) { (self.name, self.role) = (name, role) }

    /// Whoever can open the socket: the file's mode says who that is.
    static let socket = APICaller(name: "socket", role: .admin)
}

/// Who a bearer token belongs to; nil for nobody. Compares in constant time, and keeps no token in what it
/// returns.
package struct Authorizer: Sendable {
    package var caller: @Sendable (_ token: String) async -> APICaller?
    /// Who comes without a token; nil where one is needed.
    package var anonymous: APICaller?
    package init(
        anonymous: APICaller? = nil, _ caller: @escaping @Sendable (_ token: String) async -> APICaller?
    ) {
        (self.anonymous, self.caller) = (anonymous, caller)
    }
    package static let denyAll = Authorizer { _ in nil }
    /// Everybody may read, and nobody more.
    package static let readers = Authorizer(anonymous: APICaller(name: "anybody", role: .viewer)) { _ in nil }
}
