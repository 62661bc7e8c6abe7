/// The calls of a provider. Each answers with what the provider says, its diagnostics included; it throws where there
/// is no answer.
package struct ProviderClient: Sendable {
    let session: any ProviderSession
    package var capabilities = ClientCapabilities()
    /// What errors say that a call was about; empty for the type's name.
    private var subject = ""
    /// After which the provider's process is stopped; nil where a call takes as long as it takes.
    private var limit: Duration?

    init(_ session: any ProviderSession) { self.session = session }

    /// A client whose errors name this resource.
    package func about(_ subject: String) -> ProviderClient {
        var client = self
        client.subject = subject
        return client
    }

    /// A client whose calls take no longer.
    func within(_ limit: Duration?) -> ProviderClient {
        var client = self
        client.limit = limit
        return client
    }

    /// Adds values that nothing which the provider says may show.
    package func conceal(_ values: [String]) { session.concealed.add(values) }

    /// Asks, and reads the answer field by field.
    func ask<Answer: Diagnosed>(
        _ call: ProviderCall, _ type: String = "", into start: Answer,
        _ write: (inout WireWriter) -> Void = { _ in },
        read: (inout Answer, WireReader.Field) throws(WireError) -> Void
    ) async throws(PluginError) -> Answer {
        let answer = try await exchange(call, type, write)
        return try decode(call, type, answer, into: start, read: read)
    }

    func exchange(
        _ call: ProviderCall, _ type: String, _ write: (inout WireWriter) -> Void = { _ in }
    ) async throws(PluginError) -> [UInt8] {
        var request = WireWriter()
        write(&request)
        return try await session.exchange(
            call, request.bytes, subject: subject.isEmpty ? type : subject, within: limit)
    }

    func decode<Answer: Diagnosed>(
        _ call: ProviderCall, _ type: String, _ bytes: [UInt8], into start: Answer,
        read: (inout Answer, WireReader.Field) throws(WireError) -> Void
    ) throws(PluginError) -> Answer {
        var answer = start
        do throws(WireError) {
            try WireReader.each(of: bytes[...]) { field throws(WireError) in try read(&answer, field) }
        } catch {
            var failure = PluginError(
                .malformed, provider: session.provider, "its answer is no message: \(error.cause)",
                hint: "this is a bug of the provider, or it speaks a newer protocol")
            (failure.call, failure.subject) = (call.rawValue, subject.isEmpty ? type : subject)
            failure.mayHaveActed = true
            throw failure
        }
        answer.diagnostics = session.concealed.hide(in: answer.diagnostics)
        return answer
    }
}

/// One way to a provider's process.
protocol ProviderSession: Sendable {
    /// The configuration's name for the provider.
    var provider: String { get }
    var concealed: Concealed { get }
    func exchange(
        _ call: ProviderCall, _ body: [UInt8], subject: String, within limit: Duration?
    ) async throws(PluginError) -> [UInt8]
}

/// An answer with the provider's own words.
protocol Diagnosed {
    var diagnostics: [PluginDiagnostic] { get set }
}

extension Concealed {
    func hide(in diagnostics: [PluginDiagnostic]) -> [PluginDiagnostic] {
        diagnostics.map { diagnostic in
            var shown = diagnostic
            (shown.summary, shown.detail) = (hide(in: shown.summary), hide(in: shown.detail))
            return shown
        }
    }
}
