import HTTPClient
import Testing

extension HTTPClient {
    /// The error that a request must end with.
    func failure(_ request: HTTPRequest, sourceLocation: SourceLocation = #_sourceLocation) async throws
        -> HTTPError
    {
        let result: Result<HTTPResponse, HTTPError>
        do throws(HTTPError) { result = .success(try await send(request)) } catch { result = .failure(error) }
        var failed: HTTPError?
        if case .failure(let error) = result { failed = error }
        return try #require(failed, sourceLocation: sourceLocation)
    }
}
