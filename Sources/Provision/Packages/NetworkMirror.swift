import Foundation
package import HTTPClient
import Model

/// A server that speaks the provider network mirror protocol
/// (developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol).
package struct NetworkMirror: Sendable {
    /// Ends with a slash.
    package let url: String
    private let token: String?
    private let caFile: String?
    private let client: HTTPClient

    /// The longest index that is read.
    private static let longestIndex = 8 << 20
    /// The largest archive: AWS's has about 150 MB.
    private static let largestArchive = 2 << 30
    private static let maxRedirects = 5

    /// - Parameter token: sent as a bearer token, and only to this server, over https.
    package init(_ url: String, token: String? = nil, caFile: String? = nil, client: HTTPClient)
        throws(PackageError)
    {
        try Self.check(url, hasToken: token != nil)
        self.url = url.hasSuffix("/") ? url : url + "/"
        (self.token, self.caFile, self.client) = (token, caFile, client)
    }

    /// Whether it is an address that packages may come from: plain http within this machine only, and never with a token.
    package static func check(_ url: String, hasToken: Bool) throws(PackageError) {
        let parts = URLComponents(string: url)
        guard let host = parts?.host, !host.isEmpty, HTTPRequest(url).hasAddress else {
            throw PackageError(
                "'\(url.escapedForDisplay)' is no address of a mirror",
                hint: "write https://mirror.example/providers/")
        }
        guard parts?.user == nil, parts?.query == nil, parts?.fragment == nil else {
            throw PackageError(
                "a mirror's address holds no user, no query and no fragment",
                hint: "give the token as 'token'")
        }
        if parts?.scheme == "https" { return }
        guard host == "localhost" || Network.loopback.contains(where: { $0.contains(host) }) else {
            throw PackageError(
                "over http anybody on the way could put another program there", hint: "write https://…")
        }
        if hasToken {
            throw PackageError("http shows the token to everybody on the way", hint: "write https://…")
        }
    }

    /// Empty where it does not have the provider.
    package func versions(of provider: ProviderAddress) async throws(PackageError) -> [ProviderVersion] {
        struct Index: Decodable { var versions: [String: Ignored] }
        guard let (index, _) = try await read(Index.self, "\(provider)/index.json") else { return [] }
        return index.versions.keys.compactMap { try? ProviderVersion($0) }.sorted()
    }

    /// Nil where it does not have the package.
    package func locate(
        _ provider: ProviderAddress, _ version: ProviderVersion, _ platform: ProviderPlatform
    ) async throws(PackageError) -> PackageLocation? {
        struct Archive: Decodable {
            var url: String
            var hashes: [String]?
        }
        struct Version: Decodable { var archives: [String: Archive] }
        guard let (found, from) = try await read(Version.self, "\(provider)/\(version).json"),
            let archive = found.archives[platform.description]
        else { return nil }
        guard let address = URL(string: archive.url, relativeTo: URL(string: from))?.absoluteURL,
            address.scheme == "https"
                || address.scheme == "http" && url.hasPrefix("http://")
                    && address.host() == URL(string: url)?.host()
        else {
            throw failure("its archive of \(provider) \(version) is at an address that can't be asked")
        }
        var hashes: [PackageHash] = []
        // Of a scheme that is not known yet nothing can be said.
        for text in archive.hashes ?? [] where text.hasPrefix("h1:") || text.hasPrefix("zh:") {
            hashes.append(try PackageHash(text))
        }
        return PackageLocation(
            provider: provider, version: version, platform: platform,
            form: .remote(address.absoluteString, hashes: hashes), mirror: url)
    }

    /// Writes an archive into a file that is made for it.
    func download(_ address: String, to path: String) async throws(PackageError) {
        var request = HTTPRequest(address, headers: headers(to: address, accept: "application/zip"))
        (request.caFile, request.timeouts) = (caFile, .endless(idle: .seconds(30)))
        request.maxRedirects = Self.maxRedirects
        do {
            let (head, body) = try await client.stream(request)
            guard head.status == 200 else { throw answer(head.status) }
            let file = try NewFile(path, mode: 0o600)
            var count = 0
            for try await bytes in body {
                count += bytes.count
                guard count <= Self.largestArchive else { throw failure("the archive has more than 2 GiB") }
                try file.write(bytes)
            }
        } catch let error as PackageError { throw error } catch { throw failure("\(error)") }
    }

    /// A JSON document and where it came from in the end; nil where there is none.
    private func read<Answer: Decodable>(_ type: Answer.Type, _ path: String) async throws(PackageError) -> (
        Answer, String
    )? {
        var request = HTTPRequest(url + path, headers: headers(to: url, accept: "application/json"))
        (request.caFile, request.maxResponseBytes) = (caFile, Self.longestIndex)
        do {
            var response = try await client.send(request)
            for _ in 0..<Self.maxRedirects {
                guard let next = try request.redirected(by: response.head) else { break }
                request = next
                response = try await client.send(request)
            }
            // What is not there is said in either way, by servers of files too.
            if [404, 410].contains(response.status) { return nil }
            guard response.status == 200 else { throw answer(response.status) }
            let kind = response.headers["content-type"]?.prefix { $0 != ";" }.lowercased() ?? ""
            guard kind == "application/json" else {
                throw failure("its answer for \(path) is no JSON, but '\(kind.escapedForDisplay)'")
            }
            guard let answer = try? JSONDecoder().decode(type, from: Data(response.body)) else {
                throw failure("its \(path) can't be read")
            }
            return (answer, request.url)
        } catch let error as PackageError { throw error } catch { throw failure("\(error)") }
    }

    private func headers(to address: String, accept: String) -> HTTPHeaders {
        var headers: HTTPHeaders = ["accept": accept]
        let (own, other) = (URLComponents(string: url), URLComponents(string: address))
        if let token, (own?.scheme, own?.host, own?.port) == (other?.scheme, other?.host, other?.port) {
            headers["authorization"] = "Bearer \(token)"
        }
        return headers
    }
    private func answer(_ status: Int) -> PackageError {
        [401, 403].contains(status)
            ? failure(
                "it answered \(status)",
                hint: token == nil ? "give it a 'token'" : "its token has been refused: write a new one")
            : failure("it answered \(status)")
    }
    private func failure(_ cause: String, hint: String? = nil) -> PackageError {
        PackageError("mirror \(url.escapedForDisplay): \(cause)", hint: hint)
    }
}

/// Whatever stands there.
private struct Ignored: Decodable {
    init(from decoder: any Decoder) {}
}
