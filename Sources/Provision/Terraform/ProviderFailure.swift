import Cty
import Model
import ProviderPlugin

extension PluginDiagnostic {
    /// On one line, without where.
    var text: String {
        let lines = detail.split(whereSeparator: \.isNewline).map { $0.trimmed }.filter { !$0.isEmpty }
        return ([summary.trimmed] + lines).filter { !$0.isEmpty }.joined(separator: ": ")
    }
    /// The same, with where.
    var placedText: String {
        let place = FieldPath(attribute)
        return place.components.isEmpty ? text : "\(place): \(text)"
    }
}

extension EngineError {
    init(_ error: PluginError) {
        self.init(error.isRetryable ? .retry : .waitForChange, error.description, hint: error.hint)
    }

    /// What a provider says against a resource; nil where it says nothing against it.
    /// - Parameter otherwise: what helps where the provider's words do not tell.
    init?(_ diagnostics: [PluginDiagnostic], otherwise: Recovery) {
        guard let first = diagnostics.errors.first else { return nil }
        let place = FieldPath(first.attribute)
        let rest = diagnostics.errors.count - 1
        let message = first.placedText + (rest > 0 ? ", and \(rest) more" : "")
        self.init(Self.isThrottled(first.text) ? .retry : otherwise, message)
        if !place.components.isEmpty { field = place }
    }

    /// The protocol has no word for it, so it is told by those that clouds use.
    private static func isThrottled(_ text: String) -> Bool {
        let text = text.lowercased()
        return [
            "throttl", "rate exceeded", "too many requests", "requestlimitexceeded", "slow down",
            "statuscode: 429",
        ]
        .contains { text.contains($0) }
    }

    /// What the manifest says wrong.
    init?(_ problems: [FieldProblem]) {
        guard let first = problems.first else { return nil }
        let rest = problems.count - 1
        self.init(
            .waitForChange, "\(first.path): \(first.message)" + (rest > 0 ? ", and \(rest) more" : ""),
            hint: first.hint)
        field = first.path
    }

    /// A provider that does not keep to its own words.
    static func broken(_ problems: [FieldProblem], _ what: String, of type: String, by source: String)
        -> EngineError?
    {
        guard let first = problems.first else { return nil }
        let name = first.path.components.isEmpty ? "it" : first.path.description
        return EngineError(
            .waitForChange, "\(source) \(what) of \(type): \(name) \(first.message)",
            hint: "this is a bug of the provider: tell its authors")
    }
    static func unreadable(_ error: CtyError, _ what: String, of type: String, by source: String)
        -> EngineError
    {
        EngineError(
            .waitForChange, "\(source) answers \(what) of \(type) with \(error)",
            hint: "this is a bug of the provider: tell its authors")
    }
}

extension FieldPath {
    /// Under a manifest's `config`; of nothing in particular, the empty path.
    init(_ path: AttributePath) {
        self.init()
        guard !path.steps.isEmpty else { return }
        components = [.key("config")]
        for step in path.steps {
            switch step {
            case .attribute(let name), .key(let name): components.append(.key(name))
            case .index(let index): components.append(.index(index))
            }
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace ?? false { rest = rest.dropFirst() }
        while rest.last?.isWhitespace ?? false { rest = rest.dropLast() }
        return String(rest)
    }
}
