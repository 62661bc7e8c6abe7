/// An answer's body as it comes, for one reader. Reading slowly slows the server down; letting go of it, or
/// cancelling the task that reads, ends the transfer.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPError

    final class Reader: Sendable {
        private let exchange: Exchange
        /// It is there for as long as somebody reads what it gets.
        private let client: HTTPClient
        private var loop: TransferLoop { client.loop }

        init(_ exchange: Exchange, _ client: HTTPClient) { (self.exchange, self.client) = (exchange, client) }
        deinit { loop.cancel(exchange) }

        func next() async throws(HTTPError) -> [UInt8]? {
            let result: Result<[UInt8]?, HTTPError> = await withTaskCancellationHandler {
                do throws(HTTPError) {
                    let (bytes, resume) = try await exchange.nextBytes()
                    if resume { loop.resume(exchange) }
                    return .success(bytes)
                } catch {
                    return .failure(error)
                }
            } onCancel: {
                loop.cancel(exchange)
            }
            return try result.get()
        }
    }
    package struct AsyncIterator: AsyncIteratorProtocol {
        let reader: Reader
        package mutating func next() async throws(HTTPError) -> [UInt8]? { try await reader.next() }
        package mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPError)
            -> [UInt8]?
        { try await reader.next() }
    }
    let reader: Reader
    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
}
