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
    /// As history names it: a token's name, or `ann over the socket`.
    package var name: String
    package var role: APIRole
    /// Came over the unix socket, whose file's mode says who may.
    package var isLocal = false
    /// The id of the token that it came with, and when that expires, in milliseconds since 1970.
    var token: String?
    var expires: Int?
    package init(name: String, role: APIRole) { (self.name, self.role) = (name, role) }

    /// Who is remembered to have asked. Over the socket a command may name the person for whom it runs; who ran it stays
    /// with that, unless it is the same.
    package func asking(for person: String?) -> String {
        guard isLocal, let person, !person.isEmpty, !name.hasPrefix("\(person) ") else { return name }
        return "\(person) (\(name))"
    }
}

/// Who a bearer token belongs to; nil for nobody. Compares in constant time, and keeps no token in what it
/// returns.
package struct Authorizer: Sendable {
    package var caller: @Sendable (_ token: String) -> APICaller?
    /// Who has come with a token of this id earlier, as long as it opens the door.
    package var holder: @Sendable (_ id: String) -> APICaller?
    /// Who comes without a token; nil where one is needed.
    package var anonymous: APICaller?
    package init(
        anonymous: APICaller? = nil, holder: @escaping @Sendable (_ id: String) -> APICaller? = { _ in nil },
        _ caller: @escaping @Sendable (_ token: String) -> APICaller?
    ) {
        (self.anonymous, self.holder, self.caller) = (anonymous, holder, caller)
    }
    package static let denyAll = Authorizer { _ in nil }
    /// Everybody may read, and nobody more.
    package static let readers = Authorizer(anonymous: APICaller(name: "anybody", role: .viewer)) { _ in nil }
}
