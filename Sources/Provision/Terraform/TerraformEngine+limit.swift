import Cty
import Model
import ProviderPlugin

extension TerraformEngine {
    /// How long a step may take: what the manifest gives the provider, and a little more, so that the provider's own limit
    /// comes first; else what the configuration says.
    func limit(of verb: Step.Verb, in value: CtyValue) -> Duration {
        guard let text = value["timeouts"][verb.rawValue].string, let span = Span(text) else {
            return configuration.stepLimit
        }
        return .milliseconds(span.milliseconds) + configuration.grace
    }

    /// Carries out what was planned. What takes too long is asked to stop, and is ended where it does not: its answer then
    /// is what stands there, or none.
    func apply(_ request: ApplyResourceChangeRequest, _ id: ResourceID, within limit: Duration)
        async throws(PluginError) -> ApplyResourceChangeResponse
    {
        let began = ContinuousClock.now
        func words(_ text: String) -> String {
            "it took longer than \(Span(milliseconds: Int(limit / .milliseconds(1)))), and was stopped: \(text)"
        }
        do throws(PluginError) {
            var answer = try await client(about: id).applyResourceChange(request, within: limit)
            guard began + limit <= .now else { return answer }
            for index in answer.diagnostics.indices where answer.diagnostics[index].severity == .error {
                answer.diagnostics[index].summary = words(answer.diagnostics[index].summary)
            }
            return answer
        } catch {
            guard began + limit <= .now else { throw error }
            var late = error
            late.cause = words(error.cause)
            throw late
        }
    }
}
