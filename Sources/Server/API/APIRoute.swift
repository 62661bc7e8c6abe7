/// One entry of the API's table: what is asked, who may ask it, and who answers.
package struct APIRoute: Sendable {
    package enum Method: String, Sendable, Hashable, CaseIterable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"
    }
    package var method: Method
    /// Below `/v1`: `/sources/{name}/sync`. A parameter is one part of the path, percent-decoded, so it may
    /// hold `/`.
    package var path: String
    package var role: APIRole
    package var handler: @Sendable (APIRequest) async -> APIResponse

    package init(
        _ method: Method, _ path: String, _ role: APIRole,
        handler: @escaping @Sendable (APIRequest) async -> APIResponse
    ) {
        (self.method, self.path, self.role, self.handler) = (method, path, role, handler)
    }
}

package struct APIRequest: Sendable {
    package var caller: APICaller
    package var parameters: [String: String]
    /// Of a name that comes twice, the last.
    package var query: [String: String]
    /// At most 1 MiB.
    package var body: [UInt8]
    /// Whether nobody waits for the answer any more.
    package var isAbandoned: @Sendable () async -> Bool
    /// Came by a browser's session.
    var hasSession = false

    package init(
        caller: APICaller, parameters: [String: String] = [:], query: [String: String] = [:],
        body: [UInt8] = [], isAbandoned: @escaping @Sendable () async -> Bool = { false }
    ) {
        (self.caller, self.parameters, self.query, self.body) = (caller, parameters, query, body)
        self.isAbandoned = isAbandoned
    }
}
