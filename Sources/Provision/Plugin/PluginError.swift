/// Why a provider gave no answer. It names the provider, the call and what the call was about; no secret that the
/// provider was given.
package struct PluginError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The binary could not be started, or it ended before it said where it listens.
        case start
        /// It said something else than where it listens, or nothing in time.
        case handshake
        /// It showed another certificate than the one that its handshake names.
        case untrusted
        /// The process ended, or closed its connection, while a call was under way.
        case crashed
        /// We have stopped it.
        case stopped
        /// It crashed, or refused its configuration, not long ago, and is left alone until later.
        case resting
        case timedOut
        case cancelled
        /// It has no such call: it is older than that part of the protocol.
        case unsupported
        /// It answered with an error of gRPC's. What providers have to say about a resource comes in diagnostics
        /// instead.
        case answered
        /// Its answer is not of the protocol.
        case malformed
        case tooLarge
        /// It does not take its configuration.
        case configuration
    }
    package var kind: Kind
    /// The configuration's name for the provider.
    package var provider: String
    /// The protocol's name of the call; empty outside of one.
    package var call = ""
    /// What the call was about: `infrastructure/shop/uploads`, or the type's name; empty where nothing.
    package var subject = ""
    package var cause: String
    package var hint: String?
    /// False where it is sure that the provider saw nothing of the call.
    package var mayHaveActed = false
    /// gRPC's number for what was answered, from 1 to 16.
    package var status: Int?
    /// How long until another try may fare better; nil where that is not known.
    package var retryAfter: Duration?

    package init(_ kind: Kind, provider: String, _ cause: String, hint: String? = nil) {
        (self.kind, self.provider, self.cause, self.hint) = (kind, provider, cause, hint)
    }

    /// With the call that it stopped, where it names none.
    func named(_ call: ProviderCall, _ subject: String) -> PluginError {
        guard self.call.isEmpty else { return self }
        var named = self
        (named.call, named.subject) = (call.rawValue, subject)
        return named
    }

    /// Whether the process has ended with it.
    var endsProcess: Bool { kind == .crashed || kind == .untrusted }

    /// Whether the same call may succeed later with nothing changed.
    package var isRetryable: Bool {
        switch kind {
        case .crashed, .stopped, .resting, .timedOut, .cancelled, .start: true
        case .answered: status == 8 || status == 14
        case .handshake, .untrusted, .unsupported, .malformed, .tooLarge, .configuration: false
        }
    }
}

extension PluginError: CustomStringConvertible {
    package var description: String {
        let what = call.isEmpty ? "" : subject.isEmpty ? ": \(call)" : ": \(call) of \(subject)"
        return "provider '\(provider)'\(what): \(cause)"
    }
}
